#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "drivers/api/power_meter.hpp"
#include "drivers/modbus/registers.hpp"
#include "rig/core/field_spec.hpp"

namespace plugrig::modbus {

/// Consecutive registers or coils, by wire address (counted from 0).
struct Block {
  std::uint16_t first = 0;
  std::uint16_t count = 0;
};

/// Where one quantity stands and what its number means.
struct MeterValue {
  std::uint16_t address = 0;
  RegisterFormat format;
  double scale = 1;    ///< what a register value of 1 is in V, A, W or Hz
  double minimum = 0;  ///< values outside are a wrong map or a broken meter
  double maximum = 0;
  std::vector<std::uint64_t> not_available;  ///< raw patterns, besides NaN and infinity
};

/// Line settings that a device leaves its factory with.
struct FactoryLine {
  int baud = 9600;
  std::string parity = "none";
  int stop_bits = 1;
  int address = 1;
};

/// A meter as data. All quantities of one reading come from one block, so that they belong to one
/// refresh; only the frequency, which serves as check of the map, may stand elsewhere.
struct MeterProfile {
  std::string name;  ///< file name without ".yaml"
  std::string model;
  std::uint8_t function = 4;  ///< 3 = holding registers, 4 = input registers
  Block block;
  std::optional<MeterValue> voltage, current, power, frequency;
  Duration refresh{};  ///< registers change at most this often
  Duration settle{};   ///< behind a change of load until readings show nothing of before
  Duration latency{};  ///< largest time from request to answer
  std::vector<double> ranges_V, ranges_A;  ///< ascending; one = fixed
  AccuracySpec voltage_accuracy, current_accuracy, power_accuracy;
  double voltage_resolution_V = 0, current_resolution_A = 0, power_resolution_W = 0;
  double least_frequency_Hz = 45, most_frequency_Hz = 65;  ///< check of the map at start-up
  FactoryLine factory;
};

/// How a board is told to switch.
enum class OutputScheme : std::uint8_t {
  coils,      ///< function 05 FF00/0000, read by function 01
  registers,  ///< function 06 with command words, read by function 03, one register a relay
};

/// One write that switches all relays off.
struct AllOffCommand {
  std::uint8_t function = 5;  ///< 05, 06, or 15 (zeros to all coils)
  std::uint16_t address = 0;
  std::uint16_t value = 0;
};

/// "On for a time": function and address of relay 1; the word sent is `base` + time in steps.
struct TimedOnCommand {
  std::uint8_t function = 5;
  std::uint16_t address = 0;
  std::uint16_t base = 0;
  Duration step{};
  std::uint16_t most_steps = 0;
  bool restarts = true;  ///< sent again to a relay that is on, its time begins anew
};

/// A relay board as data.
struct BoardProfile {
  std::string name;
  std::string model;
  int relays = 0;
  OutputScheme scheme = OutputScheme::coils;
  std::uint16_t write_address = 0;  ///< of relay 1; the others follow
  std::uint16_t read_address = 0;   ///< of relay 1
  std::uint16_t on_word = 0xFF00, off_word = 0x0000;
  std::uint16_t reads_on_word = 1;       ///< registers only
  std::optional<AllOffCommand> all_off;  ///< empty: one relay after the other
  std::optional<TimedOnCommand> timed_on;
  /// A relay can be held on by timed ons that are sent again.
  [[nodiscard]] bool timed_on_restarts() const { return timed_on && timed_on->restarts; }
  int inputs = 0;
  std::uint8_t input_function = 2;
  std::uint16_t input_address = 0;  ///< of input 1
  bool mains_rated = false;
  double contact_rating_A = 0;
  Duration latency{};
  FactoryLine factory;
};

/// "meter" or "board", or empty after a problem: which of the two functions reads the file.
std::string profile_kind(const std::filesystem::path& path, Problems& problems);

/// Read, checked, every problem reported with its place. What they return after a problem must not
/// be used.
MeterProfile load_meter_profile(const std::filesystem::path& path, Problems& problems);
BoardProfile load_board_profile(const std::filesystem::path& path, Problems& problems);

}  // namespace plugrig::modbus
