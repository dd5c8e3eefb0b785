#include "rig/cli/commands/adapter_eeprom.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <sstream>
#include <string_view>
#include <utility>

#include "drivers/serial/ftdi/eeprom.hpp"
#include "drivers/serial/ftdi/inverted_lines.hpp"
#include "rig/cli/commands/adapter_text.hpp"
#include "rig/core/did_you_mean.hpp"
#include "rig/core/fault.hpp"
#include "rig/core/problem.hpp"

namespace plugrig::cli {
namespace {

using Json = nlohmann::ordered_json;
using ftdi::CbusFunction;
using ftdi::EepromImage;

constexpr int kHighestCbusPin = 3;

/// What was read, and in words.
struct Seen {
  ftdi::ChipKind chip{};
  EepromImage image;
  std::vector<CbusFunction> pins;
  std::optional<std::vector<std::string_view>> inverted;
};

Seen look(ftdi::Channel& channel) {
  Seen seen;
  seen.image = ftdi::read_eeprom(channel);  // refuses a chip that the rig does not know
  seen.chip = channel.adapter().chip.value();
  seen.pins = ftdi::cbus_functions(seen.chip, seen.image);
  seen.inverted = ftdi::inverted_lines(seen.chip, seen.image);
  return seen;
}

std::string_view state_word(EepromImage::State state) {
  if (state == EepromImage::State::valid) return "valid";
  return state == EepromImage::State::blank ? "blank" : "corrupt";
}

std::string_view state_text(EepromImage::State state) {
  switch (state) {
    case EepromImage::State::valid:
      return "valid, its checksum holds";
    case EepromImage::State::blank:
      return "blank: never programmed, or none is fitted. The chip works with its own defaults, "
             "without a serial number: name it by its path. For CBUS pins write defaults with "
             "FTDI's own tool or `ftdi_eeprom` first";
    case EepromImage::State::corrupt:
      break;
  }
  return "corrupt: its checksum does not hold, and the chip takes its own defaults. Write it anew "
         "with FTDI's own tool or `ftdi_eeprom`";
}

std::string inverted_text(const Seen& seen) {
  if (!seen.inverted) return {};
  if (seen.inverted->empty()) return "no line is inverted\n";
  return fmt::format(
      "INVERTED lines: {}. The rig takes every line as not inverted: set them back with FTDI's own "
      "tool.\n",
      fmt::join(*seen.inverted, ", "));
}

std::string seen_text(const ftdi::AdapterInfo& adapter, const Seen& seen) {
  auto text = fmt::format("{} at {}: EEPROM {}\n", chip_text(adapter), adapter.path,
                          state_text(seen.image.state));
  for (const auto& pin : seen.pins)
    text += fmt::format("  {:<7} {}{}\n", pin.pad, pin.name,
                        pin.io ? ""
                               : "   (not the rig's: give it to I/O with --set-cbus-io " +
                                     std::to_string(pin.pin) + ")");
  if (seen.image.state == EepromImage::State::valid && seen.pins.empty())
    text += "  no CBUS pins on this chip\n";
  return text + inverted_text(seen);
}

std::string plan_text(const ftdi::CbusPlan& plan) {
  if (plan.words.empty()) return "nothing to change: these pins are I/O already\n";
  std::string text;
  for (std::size_t i = 0; i < plan.before.size(); ++i)
    text += fmt::format("  {}: {} -> {}\n", plan.before[i].pad, plan.before[i].name,
                        plan.after.at(i).name);
  for (const auto& word : plan.words)
    text +=
        fmt::format("  word 0x{:02X}: {:04X} -> {:04X}\n", word.address, word.before, word.after);
  return text;
}

Json seen_json(const ftdi::AdapterInfo& adapter, const Seen& seen) {
  Json json{{"chip", chip_text(adapter)},
            {"serial", adapter.serial},
            {"path", adapter.path},
            {"eeprom", state_word(seen.image.state)},
            {"cbus", Json::array()}};
  for (const auto& pin : seen.pins)
    json["cbus"].push_back(
        {{"pin", pin.pin}, {"pad", pin.pad}, {"function", pin.name}, {"io", pin.io}});
  if (seen.inverted) json["inverted"] = *seen.inverted;
  return json;
}

Json plan_json(const ftdi::CbusPlan& plan, bool written) {
  Json json{{"written", written}, {"words", Json::array()}};
  for (const auto& word : plan.words)
    json["words"].push_back(
        {{"address", word.address}, {"before", word.before}, {"after", word.after}});
  return json;
}

constexpr std::string_view kReplug =
    "written and read back. It acts after the adapter was unplugged and plugged in again.\n";

/// Changes, or shows what would be changed. Returns the plan and whether it was written.
std::pair<ftdi::CbusPlan, bool> change(ftdi::Channel& channel, const Seen& seen,
                                       const EepromJob& job) {
  auto plan = ftdi::plan_cbus_io(seen.chip, seen.image, job.cbus_io);
  if (!job.confirmed || plan.words.empty()) return {std::move(plan), false};
  return {ftdi::program_cbus_io(channel, job.cbus_io), true};
}

}  // namespace

const ftdi::AdapterInfo& adapter_named(const std::vector<ftdi::AdapterInfo>& attached,
                                       const std::string& serial_or_path) {
  const ftdi::AdapterInfo* found = nullptr;
  std::vector<std::string> known;
  for (const auto& adapter : attached) {
    const bool meant = adapter.path == serial_or_path ||
                       (!adapter.serial.empty() && adapter.serial == serial_or_path);
    if (meant && found != nullptr)
      throw UsageError(fmt::format(
          "the adapters at {} and {} both have the serial number {}; name one by its path",
          found->path, adapter.path, in_quotes(serial_or_path)));
    if (meant) found = &adapter;
    if (!adapter.serial.empty()) known.push_back(adapter.serial);
    known.push_back(adapter.path);
  }
  if (found != nullptr) return *found;
  throw UsageError(fmt::format(
      "no FTDI adapter with serial number or path {} is attached; {}", in_quotes(serial_or_path),
      did_you_mean_or_known(serial_or_path, known, "none is: plug it in and ask again")));
}

std::vector<int> parse_cbus_pins(const std::string& list) {
  std::vector<int> pins;
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');) {
    int pin = -1;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), pin);
    if (error != std::errc{} || end != word.data() + word.size() || pin < 0 ||
        pin > kHighestCbusPin)
      throw UsageError(fmt::format("--set-cbus-io takes pins 0 to {}, like 0,1, not {}",
                                   kHighestCbusPin, in_quotes(word)));
    if (std::find(pins.begin(), pins.end(), pin) != pins.end())
      throw UsageError(fmt::format("--set-cbus-io names pin {} twice", pin));
    pins.push_back(pin);
  }
  if (pins.empty()) throw UsageError("--set-cbus-io takes pins like 0,1");
  return pins;
}

void eeprom_job(ftdi::Channel& channel, const EepromJob& job, Console& console) {
  const auto seen = look(channel);
  const auto& adapter = channel.adapter();
  auto json = seen_json(adapter, seen);
  if (!job.json) console.out << seen_text(adapter, seen);
  if (!job.cbus_io.empty()) {
    const auto [plan, written] = change(channel, seen, job);
    json["change"] = plan_json(plan, written);
    if (!job.json) {
      console.out << (written ? "changed:\n" : "would change:\n") << plan_text(plan);
      if (written) console.out << kReplug;
      if (!written && !plan.words.empty())
        console.out << "nothing was written; say it again with --yes to write it\n";
    }
  }
  if (job.json) console.out << json.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace plugrig::cli
