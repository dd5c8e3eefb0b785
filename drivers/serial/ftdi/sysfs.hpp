#pragma once

#include <filesystem>
#include <string>

namespace plugrig::ftdi {

/// What Linux tells about a USB device without it being opened. Everything is empty where there is
/// no such folder (containers, other systems).
class Sysfs {
 public:
  explicit Sysfs(std::filesystem::path devices = "/sys/bus/usb/devices")
      : devices_(std::move(devices)) {}

  /// A text file of the device: "serial", "product", "manufacturer".
  [[nodiscard]] std::string attribute(const std::string& path, const std::string& name) const;
  /// Driver of an interface: "ftdi_sio"; "usbfs" when a program has claimed it.
  [[nodiscard]] std::string driver(const std::string& path, int interface_number) const;
  /// "/dev/ttyUSB0" when `ftdi_sio` has made one of the interface.
  [[nodiscard]] std::filesystem::path tty(const std::string& path, int interface_number) const;

 private:
  [[nodiscard]] std::filesystem::path interface_folder(const std::string& path,
                                                       int interface_number) const;
  std::filesystem::path devices_;
};

}  // namespace plugrig::ftdi
