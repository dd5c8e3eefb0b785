#include "drivers/serial/ftdi/usb_handles.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "drivers/serial/ftdi/adapter_faults.hpp"

namespace plugrig::ftdi {

namespace {

constexpr std::uint16_t kFtdiVendor = 0x0403;

}  // namespace

UsbContext open_usb() {
  libusb_context* context = nullptr;
  const int result = libusb_init(&context);
  if (result < 0) throw no_usb_fault(libusb_error_name(result));
  return UsbContext(context);
}

UsbDevices::UsbDevices(libusb_context* context) {
  const ssize_t count = libusb_get_device_list(context, &list_);
  if (count < 0) throw no_usb_fault(libusb_error_name(static_cast<int>(count)));
  count_ = static_cast<std::size_t>(count);
}

UsbDevices::~UsbDevices() { libusb_free_device_list(list_, 1); }

std::string path_of(libusb_device* device) {
  std::array<std::uint8_t, 8> ports{};  // USB knows seven levels
  const int depth =
      libusb_get_port_numbers(device, ports.data(), static_cast<int>(std::size(ports)));
  std::string path = std::to_string(libusb_get_bus_number(device));
  for (int i = 0; i < depth; ++i) {
    path += (i == 0 ? '-' : '.') + std::to_string(ports.at(static_cast<std::size_t>(i)));
  }
  return path;
}

std::string node_of(libusb_device* device) {
  return fmt::format("/dev/bus/usb/{:03}/{:03}", libusb_get_bus_number(device),
                     libusb_get_device_address(device));
}

std::optional<libusb_device_descriptor> ftdi_descriptor(libusb_device* device) {
  libusb_device_descriptor descriptor{};
  if (libusb_get_device_descriptor(device, &descriptor) < 0) return std::nullopt;
  if (descriptor.idVendor != kFtdiVendor) return std::nullopt;
  return descriptor;
}

std::string string_of(libusb_device_handle* handle, std::uint8_t index) {
  if (index == 0) return {};
  std::array<unsigned char, 128> text{};
  const int length =
      libusb_get_string_descriptor_ascii(handle, index, text.data(), static_cast<int>(text.size()));
  if (length <= 0) return {};
  return {text.begin(), text.begin() + length};
}

}  // namespace plugrig::ftdi
