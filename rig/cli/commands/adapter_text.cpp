#include "rig/cli/commands/adapter_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <string_view>

#include "drivers/serial/ftdi/udev.hpp"
#include "rig/core/source_excerpt.hpp"

namespace plugrig::cli {
namespace {

/// Where the rule that comes with this program belongs when it is put in by hand.
constexpr std::string_view kRulesFile = "/etc/udev/rules.d/70-plugrig-ftdi.rules";

/// Serial numbers that many copies of an FT232R share (FTDI facts, section 1).
constexpr std::array<std::string_view, 2> kSharedSerials{"A5XK3RJT", "00000000"};

std::string_view name_of(int channels) {
  if (channels >= 4) return "quad";
  return channels == 2 ? "dual" : "single";
}

/// As bench files write it: all chips of the FT-X family are one to the rig.
std::string_view bench_chip(ftdi::ChipKind chip) {
  return chip == ftdi::ChipKind::ft_x ? "FT230X" : ftdi::facts_of(chip).name;
}

/// A YAML word as it is; anything that could be taken for a number, a truth value or more than one
/// word in quotes.
std::string yaml_text(const std::string& text) {
  const auto plain = [](unsigned char c) { return std::isalnum(c) != 0; };
  const auto digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  const bool word = std::all_of(text.begin(), text.end(), plain);
  const bool mixed = std::any_of(text.begin(), text.end(), digit) && !text.empty() &&
                     std::isalpha(static_cast<unsigned char>(text.front())) != 0;
  if (word && mixed) return text;
  std::string quoted = "\"";
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string why_not_serial(const ftdi::AdapterInfo& adapter,
                           const std::map<std::string, int>& adapters_with) {
  if (adapter.serial.empty())
    return adapter.permitted ? "it has no serial number"
                             : "its serial number cannot be read without permission";
  if (printable(adapter.serial) != adapter.serial)
    return "its serial number has characters that cannot be written down";
  if (adapters_with.at(adapter.serial) > 1)
    return fmt::format("{} attached adapters have serial number {}",
                       adapters_with.at(adapter.serial), adapter.serial);
  if (std::find(kSharedSerials.begin(), kSharedSerials.end(), adapter.serial) !=
      kSharedSerials.end())
    return fmt::format("many copies of the chip have serial number {}", adapter.serial);
  return {};
}

/// "Quad RS232-HS, FTDI", or what of it there is.
std::string description_text(const ftdi::AdapterInfo& adapter) {
  std::string text = adapter.description;
  if (!adapter.manufacturer.empty()) text += (text.empty() ? "" : ", ") + adapter.manufacturer;
  return printable(text);
}

std::string serial_text(const ftdi::AdapterInfo& adapter) {
  if (!adapter.serial.empty()) return "serial " + printable(adapter.serial);
  return adapter.permitted ? "no serial number" : "serial number not readable";
}

std::string channel_line(std::size_t index, const ftdi::ChannelState& channel) {
  const auto driver = channel.kernel_driver.empty()
                          ? std::string("no kernel driver")
                          : fmt::format("kernel driver {}", printable(channel.kernel_driver));
  return fmt::format("  {}  {:<34} {}\n", channel_letter(index), holder_text(channel), driver);
}

std::string adapter_part(const ftdi::AdapterInfo& adapter) {
  auto text = fmt::format("{}  {}  path {}", chip_text(adapter), serial_text(adapter),
                          printable(adapter.path));
  if (const auto description = description_text(adapter); !description.empty())
    text += "  (" + description + ")";
  text += "\n";
  if (!adapter.permitted)
    text += fmt::format("  NOT PERMITTED for this user: {} ({})\n", printable(adapter.node),
                        printable(adapter.why_not));
  for (std::size_t i = 0; i < adapter.channels.size(); ++i)
    text += channel_line(i, adapter.channels[i]);
  return text;
}

std::string paste_part(const std::vector<ftdi::AdapterInfo>& attached) {
  const auto names = bench_adapters(attached);
  std::string adapters;
  std::string slots;
  std::string unusable;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& name = names[i];
    if (name.fields.empty()) {
      unusable += fmt::format("The adapter at {} cannot be used: {}.\n",
                              printable(attached[i].path), name.why);
      continue;
    }
    adapters += fmt::format("  {}: {}{}\n", name.name, name.fields,
                            name.why.empty() ? "" : "   # by path: " + name.why);
    if (slots.empty()) slots = fmt::format("    uart: {}.A\n", name.name);
  }
  if (adapters.empty()) return "\n" + unusable;
  return "\nFor the bench file:\n\nadapters:\n" + adapters + "slots:\n  - slot: F1\n" + slots +
         (unusable.empty() ? "" : "\n" + unusable);
}

/// What to do about one product number that this user may not open.
std::string permission_part(std::uint16_t product, const UdevRules& rules) {
  if (const auto found = rules.find(product); found != rules.end())
    return fmt::format(
        "\nThe udev rule for 0403:{:04x} is there ({}), but it did not help.\n"
        "Plug the adapter in again. If that is not enough, this user must work at this computer\n"
        "itself, or be in the group that the rule names: adduser USER plugdev, then log in again.\n"
        "In a container hand /dev/bus/usb through.\n",
        product, found->second);
  return fmt::format(
      "\nThe udev rule for 0403:{:04x} is missing. As root put this line into\n"
      "{}:\n\n{}\n\n"
      "then: udevadm control --reload && udevadm trigger --subsystem-match=usb\n",
      product, kRulesFile, ftdi::udev_rule_for(product));
}

constexpr std::string_view kNothing =
    "No FTDI adapter is attached.\n"
    "\n"
    "Plug one in (FT232R, FT230X, FT231X, FT232H, FT2232H, FT4232H) and ask again. `lsusb -d "
    "0403:`\n"
    "shows what the computer itself sees; if nothing, try another cable and another port. In a\n"
    "container or virtual machine hand /dev/bus/usb through. Adapters of other makers need no\n"
    "entry under 'adapters': their slot says `uart: {tty: /dev/serial/by-id/…}`.\n";

std::set<std::uint16_t> products_not_permitted(const std::vector<ftdi::AdapterInfo>& attached) {
  std::set<std::uint16_t> products;
  for (const auto& adapter : attached)
    if (!adapter.permitted) products.insert(adapter.product);
  return products;
}

}  // namespace

std::string channel_letter(std::size_t index) {
  return {static_cast<char>('A' + static_cast<char>(index))};
}

std::string chip_text(const ftdi::AdapterInfo& adapter) {
  if (adapter.chip) return std::string(ftdi::facts_of(*adapter.chip).name);
  return fmt::format("unknown FTDI chip (bcdDevice {:04x})", adapter.bcd_device);
}

std::string holder_text(const ftdi::ChannelState& channel) {
  if (!channel.holder) return "free";
  const auto& command = channel.holder->command;
  return fmt::format("held by {} (process {})", command.empty() ? "a program" : printable(command),
                     channel.holder->pid);
}

std::vector<BenchAdapter> bench_adapters(const std::vector<ftdi::AdapterInfo>& attached) {
  std::map<std::string, int> adapters_with;
  for (const auto& adapter : attached) ++adapters_with[adapter.serial];
  std::map<std::string, int> used;
  std::vector<BenchAdapter> names;
  for (const auto& adapter : attached) {
    auto& name = names.emplace_back();
    if (!adapter.chip) {
      name.why = fmt::format("{}; the rig knows FT232R, FT230X, FT231X, FT232H, FT2232H, FT4232H",
                             chip_text(adapter));
      continue;
    }
    const auto& facts = ftdi::facts_of(*adapter.chip);
    name.name = name_of(facts.channels);
    if (const int count = ++used[name.name]; count > 1) name.name += std::to_string(count);
    name.why = why_not_serial(adapter, adapters_with);
    const auto chip = bench_chip(*adapter.chip);
    name.fields = name.why.empty()
                      ? fmt::format("{{chip: {}, serial: {}}}", chip, yaml_text(adapter.serial))
                      : fmt::format("{{chip: {}, path: {}}}", chip, printable(adapter.path));
  }
  return names;
}

std::string adapters_text(const std::vector<ftdi::AdapterInfo>& attached, const UdevRules& rules) {
  if (attached.empty()) return std::string(kNothing);
  std::string text;
  for (const auto& adapter : attached) text += adapter_part(adapter);
  text += paste_part(attached);
  for (const auto product : products_not_permitted(attached))
    text += permission_part(product, rules);
  return text;
}

}  // namespace plugrig::cli
