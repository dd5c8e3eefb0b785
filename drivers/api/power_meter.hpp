#pragma once

#include <optional>
#include <string>

#include "rig/core/clock.hpp"

namespace plugrig {

/// One reading of a meter: all values from the same refresh. What the meter did not give is empty;
/// "no data" and "over range" are never numbers.
struct PowerReading {
  Instant at{};           ///< middle of the meter's averaging window, as well as it is known
  Duration half_width{};  ///< `at` is right within ± this
  std::optional<double> voltage_V;
  std::optional<double> current_A;
  std::optional<double> power_W;
  std::optional<double> frequency_Hz;
};

/// Accuracy specification of one quantity: half-width = reading·|value| + range·range (added
/// linearly, as data sheets state it), plus `absolute` in the quantity's unit.
struct AccuracySpec {
  double reading_fraction = 0;
  double range_fraction = 0;
  double absolute = 0;
  [[nodiscard]] double half_width(double value, double range) const {
    return reading_fraction * (value < 0 ? -value : value) + range_fraction * range + absolute;
  }
};

/// A calibration certificate of an instrument. Empty `due` or `number` counts as overdue.
struct InstrumentCertificate {
  std::string number;
  std::string laboratory;
  std::string calibrated;  ///< ISO date, or YYYY-MM
  std::string due;         ///< ISO date, or YYYY-MM (then the last day of the month)
  std::string sha256;      ///< of the certificate file
  /// Known correction of readings (added: true = reading·(1+correction)), and its U (k = 2), as
  /// fractions of the reading.
  double voltage_correction = 0, current_correction = 0, power_correction = 0;
  double voltage_U = 0, current_U = 0, power_U = 0;
};

/// What is true of a meter for as long as it is connected.
struct MeterInfo {
  std::string name;     ///< on the bench: "reference"
  std::string model;    ///< "Yokogawa WT310E"
  std::string serial;   ///< empty = unknown
  std::string profile;  ///< name of the profile file
  Duration refresh{};   ///< registers change at most this often
  AccuracySpec voltage, current, power;
  double voltage_resolution_V = 0, current_resolution_A = 0, power_resolution_W = 0;
  std::optional<InstrumentCertificate> certificate;
};

/// Ranges that a meter is in (or, when it ranges by itself, the widest that it may be in).
struct MeterRange {
  double voltage_V = 0;
  double current_A = 0;
};

/// A reference meter. One thread at a time uses it (it is leased). Blocking calls throw `Stopped`,
/// and Fault `meter.*` (instrument) when no reading can be had: "could not read" is never 0.
class PowerMeter {
 public:
  virtual ~PowerMeter() = default;
  [[nodiscard]] virtual const MeterInfo& info() const = 0;

  /// One reading now. May be the same refresh as the one before: compare values and times.
  virtual PowerReading read(const Deadline& deadline) = 0;

  /// The ranges that hold at these values; used for the range part of the accuracy.
  [[nodiscard]] virtual MeterRange range_at(double voltage_V, double current_A) const = 0;

  /// A person reads it: a reading takes many seconds and somebody's patience, and nobody watches it
  /// in between.
  [[nodiscard]] virtual bool by_hand() const { return false; }
};

}  // namespace plugrig
