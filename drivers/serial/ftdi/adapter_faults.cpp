#include "drivers/serial/ftdi/adapter_faults.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "drivers/serial/ftdi/udev.hpp"
#include "rig/core/problem.hpp"

namespace plugrig::ftdi {

namespace {

/// Parts that libftdi1 1.5 takes for an old FT232BM (FTDI facts, section 1), and that one.
constexpr std::array<std::pair<std::uint16_t, std::string_view>, 7> kNewParts{{
    {0x6040, "FT2233HP"},
    {0x6041, "FT4233HP"},
    {0x6042, "FT2232HP"},
    {0x6043, "FT4232HP"},
    {0x6044, "FT233HP"},
    {0x6045, "FT232HP"},
    {0x6048, "FT4232HA"},
}};
constexpr std::array<std::pair<std::uint16_t, std::string_view>, 3> kOldParts{{
    {0x0200, "FT232AM"},
    {0x0400, "FT232BM"},
    {0x0500, "FT2232C/D/L"},
}};

std::string chip_name(const AdapterInfo& adapter) {
  if (adapter.chip) return std::string(facts_of(*adapter.chip).name);
  for (const auto& [product, name] : kNewParts) {
    if (product == adapter.product) return std::string(name);
  }
  for (const auto& [bcd, name] : kOldParts) {
    if (bcd == adapter.bcd_device) return std::string(name);
  }
  return fmt::format("unknown FTDI chip (product {:04x}, bcdDevice {:04x})", adapter.product,
                     adapter.bcd_device);
}

std::string joined(const std::vector<AdapterInfo>& adapters) {
  std::string text;
  for (const AdapterInfo& adapter : adapters) {
    text += (text.empty() ? "" : ", ") + describe(adapter);
  }
  return text;
}

/// What the bench file says of the adapter: "with serial number 'FT7XK2A1'".
std::string stated(const AdapterWanted& wanted) {
  if (!wanted.serial.empty()) return " with serial number " + in_quotes(wanted.serial);
  if (!wanted.path.empty()) return " at USB path " + in_quotes(wanted.path);
  if (!wanted.description.empty()) return " described as " + in_quotes(wanted.description);
  if (wanted.chip) return " with chip " + std::string(facts_of(*wanted.chip).name);
  return "";
}

/// The attached name that is nearest to the one that was not found, in the same terms.
std::string nearest(const AdapterWanted& wanted, const std::vector<AdapterInfo>& attached) {
  const bool by_serial = !wanted.serial.empty();
  const bool by_path = !by_serial && !wanted.path.empty();
  std::vector<std::string> names;
  for (const AdapterInfo& adapter : attached) {
    const std::string& name = by_serial ? adapter.serial
                              : by_path ? adapter.path
                                        : adapter.description;
    if (!name.empty()) names.push_back(name);
  }
  const std::string& sought = by_serial ? wanted.serial
                              : by_path ? wanted.path
                                        : wanted.description;
  return nearest_name(sought, names);
}

std::string who_is(const serial::PortHolder& holder) {
  if (holder.pid == ::getpid()) return "this program itself";
  const std::string process = "process " + std::to_string(holder.pid);
  return holder.command.empty() ? process : holder.command + ", " + process;
}

}  // namespace

std::string describe(const AdapterInfo& adapter) {
  std::string text = chip_name(adapter);
  if (!adapter.serial.empty()) text += " " + adapter.serial;
  return text + " at " + adapter.path;
}

char channel_letter(int index) { return static_cast<char>('A' + index); }

Fault no_usb_fault(const std::string& reason) {
  return {"ftdi.usb",
          Blame::host,
          "The USB cannot be reached (" + reason + ").",
          "Check that /dev/bus/usb is there; in a container pass it in (--device /dev/bus/usb).",
          {{"libusb", reason}}};
}

Fault missing_fault(const AdapterWanted& wanted, const std::vector<AdapterInfo>& attached) {
  std::string next = attached.empty()
                         ? "No FTDI adapter is attached at all: plug it in, or check its USB cable"
                         : "Attached are: " + joined(attached);
  const std::string near = nearest(wanted, attached);
  if (!near.empty()) next = "Did you mean " + near + "? " + next;
  return {"ftdi.missing", Blame::host,
          "Adapter " + wanted.name + " is not there: no FTDI adapter" + stated(wanted) + ".",
          next + ". `plugrig adapters` lists them with the lines for the bench file."};
}

Fault ambiguous_fault(const AdapterWanted& wanted, const std::vector<AdapterInfo>& fitting) {
  const bool by_serial =
      std::all_of(fitting.begin(), fitting.end(), [&](const AdapterInfo& adapter) {
        const auto same = [&](const AdapterInfo& other) { return other.serial == adapter.serial; };
        return !adapter.serial.empty() && std::count_if(fitting.begin(), fitting.end(), same) == 1;
      });
  std::string next = by_serial ? "Give the serial number of the one that is meant: "
                               : "Their serial numbers do not tell them apart; give the USB path "
                                 "of the one that is meant: ";
  for (const AdapterInfo& adapter : fitting) {
    if (&adapter != fitting.data()) next += ", ";
    next += by_serial ? "`serial: " + adapter.serial + "`" : "`path: " + adapter.path + "`";
  }
  return {"ftdi.ambiguous", Blame::config,
          fmt::format("Adapter {} could be any of {} FTDI adapters{}: {}.", wanted.name,
                      fitting.size(), stated(wanted), joined(fitting)),
          next + "."};
}

Fault wrong_chip_fault(const AdapterWanted& wanted, const AdapterInfo& found) {
  const std::string expected(wanted.chip ? facts_of(*wanted.chip).name : "other");
  return {
      "ftdi.wrong_chip", Blame::config,
      "Adapter " + wanted.name + " is no " + expected + ": found " + describe(found) + ".",
      "Write `chip: " + chip_name(found) + "` in the bench file, or plug in the " + expected + "."};
}

Fault unknown_chip_fault(const std::string& name, const AdapterInfo& found) {
  return {"ftdi.unknown_chip",
          Blame::host,
          "Adapter " + name + " has a chip that the rig does not know: " + describe(found) + ".",
          "Use an FT232R, FT230X, FT231X, FT232H, FT2232H or FT4232H: libftdi1 would set wrong "
          "rates on this one.",
          {{"product", fmt::format("{:04x}", found.product)},
           {"bcdDevice", fmt::format("{:04x}", found.bcd_device)}}};
}

Fault permission_fault(const std::string& name, const AdapterInfo& found) {
  const auto rule = udev_rule_covering(found.product);
  const std::string next =
      rule ? "The udev rule in " + rule->string() +
                 " covers it: unplug it and plug it in again; if that does not help, add this user "
                 "to the rule's group and log in again."
           : "A udev rule is missing. Put this line into /etc/udev/rules.d/70-plugrig-ftdi.rules, "
             "run `sudo udevadm control --reload` and plug the adapter in again: " +
                 udev_rule_for(found.product);
  return {
      "ftdi.permission",
      Blame::host,
      "This user may not open adapter " + name + ": " + describe(found) + " (" + found.node + ").",
      next,
      {{"reason", found.why_not.empty() ? "no permission" : found.why_not}}};
}

Fault no_channel_fault(const std::string& name, const AdapterInfo& found, int index) {
  const auto channels = static_cast<int>(found.channels.size());
  const std::string letter =
      index >= 0 && index < 26 ? std::string(1, channel_letter(index)) : std::to_string(index);
  return {"ftdi.no_channel", Blame::config,
          "Adapter " + name + " has no channel " + letter + ": " + describe(found) + ".",
          channels <= 1 ? "It has one channel, A."
                        : fmt::format("It has channels A to {}.", channel_letter(channels - 1))};
}

Fault busy_fault(const std::string& channel, const std::optional<serial::PortHolder>& holder) {
  return {
      "ftdi.busy", Blame::host,
      "Channel " + channel + " is held by " + (holder ? who_is(*holder) : "another program") + ".",
      holder ? "End that program, or use another channel."
             : "Find it with `sudo fuser -v` on the adapter's node and end it, or use another "
               "channel."};
}

Fault open_fault(const std::string& channel, const std::string& reason) {
  return {"ftdi.open",
          Blame::host,
          "Channel " + channel + " could not be opened: " + reason + ".",
          "Unplug the adapter, plug it in again and look at the kernel log (dmesg).",
          {{"libftdi1", reason}}};
}

}  // namespace plugrig::ftdi
