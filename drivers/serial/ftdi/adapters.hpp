#pragma once

#include <string>
#include <vector>

#include "drivers/serial/ftdi/chip.hpp"
#include "drivers/serial/tty_lookup.hpp"

namespace plugrig::ftdi {

/// Which adapter a bench file means. Serial number first, else bus path, else description; never
/// the order of enumeration.
struct AdapterWanted {
  std::string name{};              ///< in the bench file: "quad"
  std::optional<ChipKind> chip{};  ///< must agree when stated
  std::string serial{};            ///< "FT7XK2A1"; empty = not stated
  std::string path{};              ///< "1-4.2"; empty = not stated
  std::string description{};       ///< product string; empty = not stated
};

/// One channel of an attached adapter.
struct ChannelState {
  std::string kernel_driver;                 ///< "ftdi_sio", or empty
  std::optional<serial::PortHolder> holder;  ///< process that has it, where it can be known
};

/// An FTDI adapter on the USB, as far as it can be seen without taking it.
struct AdapterInfo {
  std::optional<ChipKind> chip;  ///< empty: FTDI's, but unknown to the rig
  std::uint16_t product = 0, bcd_device = 0;
  std::string serial, description, manufacturer;  ///< empty when blank or unreadable
  std::string path;                               ///< bus and ports: "1-4.2"
  std::string node;                               ///< "/dev/bus/usb/001/005"
  bool permitted = false;                         ///< this user may open it
  std::string why_not;                            ///< reason when not permitted or not readable
  std::vector<ChannelState> channels;
};

/// All FTDI adapters that are attached now, in the order of their paths. Opens each for its strings
/// only and claims nothing; one that cannot be opened is listed all the same. Blocks for some
/// milliseconds an adapter. Fault `ftdi.usb` (host) when there is no USB at all.
std::vector<AdapterInfo> list_adapters();
/// The same for other than the default `ChannelOptions::lock_folder`.
std::vector<AdapterInfo> list_adapters_with_locks_in(const std::string& lock_folder);

/// The one adapter that is meant. Faults: `ftdi.missing` (host; nearest names), `ftdi.ambiguous`
/// (config; paths to choose from), `ftdi.wrong_chip` (config), `ftdi.unknown_chip` (host),
/// `ftdi.permission` (host; names the udev rule).
AdapterInfo select_adapter(const std::vector<AdapterInfo>& attached, const AdapterWanted& wanted);

}  // namespace plugrig::ftdi
