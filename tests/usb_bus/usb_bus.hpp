#pragma once

#include <functional>
#include <memory>
#include <string>

#include "fixtures/twin/ftdi/chip.hpp"

/// An emulated USB bus inside one process: unmodified libusb and libftdi1 see emulated chips as
/// devices. The functions that libusb reaches the kernel by (open, close, ioctl, statfs, libudev)
/// are replaced; whatever concerns no emulated device goes to the real ones. Real devices of the
/// machine are hidden from the process.
namespace plugrig::usb_bus {

struct PlugOptions {
  bool kernel_driver = false;  ///< ftdi_sio is bound to every interface
  bool permitted = true;       ///< false: opening the device node fails with EACCES
};

/// Plugs a chip in. `port` is a bus path such as "1-4" or "1-1.2"; hubs on the way are made up.
/// The device gets a new address each time. std::invalid_argument for another port text or one
/// that is in use. Any thread, but never from a callback of a chip's `Wiring`.
void plug(std::shared_ptr<twin::ftdi::Chip> chip, const std::string& port,
          PlugOptions options = {});

/// Pulls out what is plugged in there, if anything: transfers in flight end with ENODEV, the chip
/// loses its state. Any thread, but never from a callback of a chip's `Wiring`.
void unplug(const std::string& port);

/// Changes whether the device node may be opened from now on.
void set_permitted(const std::string& port, bool permitted);

/// Whether ftdi_sio is bound to this channel's interface now; false for an empty port.
[[nodiscard]] bool kernel_driver_bound(const std::string& port, unsigned channel);

/// Device address at that port (1 … 127), 0 when nothing is plugged in.
[[nodiscard]] int address_of(const std::string& port);

/// Open handles of device nodes in this process: a test for leaks.
[[nodiscard]] int open_handles();

/// The time that chips on this bus are run by.
[[nodiscard]] Instant now();

}  // namespace plugrig::usb_bus
