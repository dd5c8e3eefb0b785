#pragma once

#include <libusb.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace plugrig::ftdi {

struct UsbContextEnd {
  void operator()(libusb_context* context) const noexcept { libusb_exit(context); }
};
using UsbContext = std::unique_ptr<libusb_context, UsbContextEnd>;

struct UsbHandleEnd {
  void operator()(libusb_device_handle* handle) const noexcept { libusb_close(handle); }
};
using UsbHandle = std::unique_ptr<libusb_device_handle, UsbHandleEnd>;

/// A context of its own: only a fresh one is sure to know what was plugged in since (FTDI facts,
/// section 8). Fault `ftdi.usb` (host).
UsbContext open_usb();

/// What is on the USB, held until destroyed.
class UsbDevices {
 public:
  /// Fault `ftdi.usb` (host).
  explicit UsbDevices(libusb_context* context);
  ~UsbDevices();
  UsbDevices(const UsbDevices&) = delete;
  UsbDevices& operator=(const UsbDevices&) = delete;
  [[nodiscard]] std::span<libusb_device* const> all() const { return {list_, count_}; }

 private:
  libusb_device** list_ = nullptr;
  std::size_t count_ = 0;
};

/// "1-4.2": bus and ports, as the kernel names it.
std::string path_of(libusb_device* device);
/// "/dev/bus/usb/001/005"
std::string node_of(libusb_device* device);
/// Descriptor when the device carries FTDI's vendor number.
std::optional<libusb_device_descriptor> ftdi_descriptor(libusb_device* device);
/// A string descriptor in ASCII; empty when there is none (index 0) or it cannot be read.
std::string string_of(libusb_device_handle* handle, std::uint8_t index);

}  // namespace plugrig::ftdi
