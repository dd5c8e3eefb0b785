#pragma once

#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "drivers/api/plug_link.hpp"
#include "rig/engine/mains_access.hpp"

namespace plugrig::fake {

double seconds_of(Instant at);

/// Mains whose voltage wanders: one deterministic curve per seed.
class Mains {
 public:
  Mains(double nominal_V, double wander, unsigned seed);
  /// Mean over [from, to].
  double mean_V(double from_s, double to_s);
  double step = 0;          ///< fraction by which a neighbour's load lowers the voltage
  double step_every_s = 7;  ///< it comes and goes

 private:
  double at(std::size_t cell);
  double nominal_V_, wander_;
  std::mt19937_64 chance_;
  std::vector<double> cells_;
};

/// One slot's circuit: contactor, plug's relay, load. `load_W` is what the resistor takes at 230 V.
struct Circuit {
  Mains& mains;
  bool live = false;
  bool relay = true;
  double load_W = 0;
  double load_drift_per_s = 0;   ///< the resistor's power changes
  double load_fails_at_s = 1e9;  ///< a fuse blows
  double own_W = 0.8;            ///< the plug's own consumption
  double own_reactive_A = 0.015;

  [[nodiscard]] double load_ohm(double t_s) const;
  double load_power(double from_s, double to_s);
  double load_current(double from_s, double to_s);
};

/// A plug with its own linear metering: whole µs of pulse length, readings cut to the grid, power
/// renewed every 0.2 s, voltage and current every 1.6 s. Constants are saved a second after a
/// change.
class Plug final : public PlugLink {
 public:
  Plug(Clock& clock, Circuit& circuit) : clock_(clock), circuit_(circuit) {}

  std::map<std::string, int, std::less<>> settings{{"VoltageCal", 1950}, {"CurrentCal", 3500},
                                                   {"PowerCal", 12530},  {"VoltRes", 0},
                                                   {"WattRes", 0},       {"AmpRes", 3}};
  /// Constants at which this plug reads true.
  double true_voltage = 1580, true_current = 3554, true_power = 10080;
  // What may be wrong with it.
  bool declared_hlw8012 = false;  ///< wrong chip code in the template
  bool swapped_sel = false;
  double drift_per_s = 0;  ///< of its gain
  double renewal_s = 0;    ///< above 0: shows nothing new within this time
  double lag_s = 0;        ///< so long after a change of load the power of before is shown
  double noise = 0;        ///< relative, of single readings
  bool ignores_cal = false;
  bool loses_constants = false;
  int spike_every = 0;                ///< each n-th reading is far off
  std::vector<std::string> commands;  ///< names of all commands that were sent with an argument
  std::string mac = "48:55:19:18:3C:31";

  nlohmann::json command(std::string_view name, std::string_view argument,
                         const Deadline& deadline) override;
  [[nodiscard]] std::string_view transport() const override { return "fake"; }
  [[nodiscard]] std::string transcript() const override { return {}; }
  /// What a power-cycle does to it.
  void power_lost();

 private:
  nlohmann::json status();
  double lag(double t_s);
  Clock& clock_;
  Circuit& circuit_;
  std::map<std::string, int, std::less<>> saved_ = settings;
  Instant changed_{};
  std::mt19937_64 chance_{99};
  int readings_ = 0;
  double newest_W_ = 0, before_W_ = 0, changed_s_ = 0;  ///< of the load
};

class Network final : public PlugNetwork {
 public:
  explicit Network(Plug& plug) : plug_(plug) {}
  int finds = 0;
  FoundPlug find(const PlugClues& clues, const std::string& web_password,
                 const Deadline& deadline) override;
  PlugLink& plug() override { return plug_; }
  [[nodiscard]] const FoundPlug& found() const override { return found_; }
  int status_without_password(const Deadline& /*deadline*/) override { return 200; }

 private:
  Plug& plug_;
  FoundPlug found_{"127.0.0.1", "48:55:19:18:3C:31", "tasmota-183C31-7217", "host name"};
};

/// A wattmeter before the plug (or behind it): refresh, resolution, error inside its specification.
class Meter final : public PowerMeter {
 public:
  Meter(Clock& clock, Circuit& circuit, std::string name);
  MeterInfo meter_info;
  double voltage_error = 0, current_error = 0, power_error = 0;  ///< fractions
  bool downstream = false;
  /// Which of its readings, counted from 1, come late: asked for again after a time-out.
  std::function<bool(int number)> is_late = [](int /*number*/) { return false; };
  int reads = 0;
  /// False: it shows another slot, and reading it is a fault.
  std::function<bool()> shows_slot = [] { return true; };
  Instant dies_at = Instant::max();
  Instant freezes_at = Instant::max();

  [[nodiscard]] const MeterInfo& info() const override { return meter_info; }
  PowerReading read(const Deadline& deadline) override;
  [[nodiscard]] MeterRange range_at(double voltage_V, double current_A) const override;

 private:
  Clock& clock_;
  Circuit& circuit_;
};

/// Refuses every load and every reading outside a lease.
class Gate final : public MainsAccess {
 public:
  Gate(Clock& clock, Circuit& circuit, Plug& plug, Meter& meter)
      : clock_(clock), circuit_(circuit), plug_(plug), meter_(meter) {
    meter_.shows_slot = [this] { return leases_ > 0; };
  }
  /// One turn, as it was given back.
  struct Turn {
    std::string purpose;
    Duration held{}, settling{}, sampling{};
  };
  std::vector<Turn> turns;
  std::function<void()> on_lease = [] {};
  std::vector<PowerMeter*> others;
  bool load_relay_sticks = false;
  bool load_is_dead = false;
  std::vector<double> loads_on_offer;  ///< empty = any
  std::vector<double> loads;           ///< all that were asked for

  void energise(const Deadline& deadline) override;
  LoadSetting load(double watts, const Deadline& deadline) override;
  void de_energise(const Deadline& deadline) override;
  [[nodiscard]] bool energised() const override { return circuit_.live; }
  [[nodiscard]] double nominal_V() const override { return 230; }
  [[nodiscard]] std::unique_ptr<ReferenceLease> lease_reference(const std::string& purpose,
                                                                const Deadline& deadline) override;
  [[nodiscard]] PowerMeter& reference() override { return meter_; }
  [[nodiscard]] std::vector<PowerMeter*> other_references() override { return others; }
  [[nodiscard]] bool attended() const override { return false; }

 private:
  Clock& clock_;
  Circuit& circuit_;
  Plug& plug_;
  Meter& meter_;
  int leases_ = 0;
  friend class GateLease;
};

}  // namespace plugrig::fake
