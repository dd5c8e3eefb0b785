#include "drivers/serial/ftdi/adapters.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "drivers/serial/ftdi/channel.hpp"
#include "drivers/serial/ftdi/channel_lock.hpp"
#include "drivers/serial/ftdi/sysfs.hpp"
#include "drivers/serial/ftdi/usb_handles.hpp"

namespace plugrig::ftdi {

namespace {

/// Channels of a chip that the rig does not know are counted in its configuration.
int count_channels(const AdapterInfo& adapter, libusb_device* device) {
  if (adapter.chip) return facts_of(*adapter.chip).channels;
  libusb_config_descriptor* config = nullptr;
  if (libusb_get_config_descriptor(device, 0, &config) < 0) return 1;
  const int channels = config->bNumInterfaces;
  libusb_free_config_descriptor(config);
  return channels;
}

std::string or_else(std::string text, std::string other) {
  return text.empty() ? std::move(other) : std::move(text);
}

void read_names(AdapterInfo& adapter, libusb_device_handle* handle,
                const libusb_device_descriptor& descriptor, const Sysfs& sysfs) {
  if (handle != nullptr) {
    adapter.serial = string_of(handle, descriptor.iSerialNumber);
    adapter.description = string_of(handle, descriptor.iProduct);
    adapter.manufacturer = string_of(handle, descriptor.iManufacturer);
  }
  adapter.serial = or_else(adapter.serial, sysfs.attribute(adapter.path, "serial"));
  adapter.description = or_else(adapter.description, sysfs.attribute(adapter.path, "product"));
  adapter.manufacturer =
      or_else(adapter.manufacturer, sysfs.attribute(adapter.path, "manufacturer"));
}

ChannelState look_at_channel(const AdapterInfo& adapter, int index, libusb_device_handle* handle,
                             const Sysfs& sysfs, const std::filesystem::path& lock_folder) {
  ChannelState state;
  const std::string driver = sysfs.driver(adapter.path, index);
  if (!driver.empty() && driver != "usbfs") {
    state.kernel_driver = driver;
  } else if (driver.empty() && handle != nullptr &&
             libusb_kernel_driver_active(handle, index) == 1) {
    state.kernel_driver = "ftdi_sio";  // the only one that there is for these numbers
  }
  state.holder = find_channel_holder(lock_folder, adapter.path, index);
  if (!state.holder && driver == "usbfs") state.holder = serial::find_holder(adapter.node);
  const auto tty = sysfs.tty(adapter.path, index);
  if (!state.holder && !tty.empty()) state.holder = serial::find_holder(tty);
  return state;
}

/// Empty when the adapter was pulled while it was looked at.
std::optional<AdapterInfo> look_at(libusb_device* device,
                                   const libusb_device_descriptor& descriptor,
                                   const std::filesystem::path& lock_folder) {
  const Sysfs sysfs;
  AdapterInfo adapter;
  adapter.chip = kind_of_bcd(descriptor.bcdDevice);
  adapter.product = descriptor.idProduct;
  adapter.bcd_device = descriptor.bcdDevice;
  adapter.path = path_of(device);
  adapter.node = node_of(device);
  libusb_device_handle* opened = nullptr;
  const int result = libusb_open(device, &opened);
  if (result == LIBUSB_ERROR_NO_DEVICE) return std::nullopt;
  const UsbHandle handle(result == LIBUSB_SUCCESS ? opened : nullptr);
  adapter.permitted = handle != nullptr;
  if (!handle) {
    adapter.why_not = result == LIBUSB_ERROR_ACCESS
                          ? "permission denied on " + adapter.node
                          : std::string(libusb_error_name(result)) + " on " + adapter.node;
  }
  read_names(adapter, handle.get(), descriptor, sysfs);
  const int channels = count_channels(adapter, device);
  for (int i = 0; i < channels; ++i) {
    adapter.channels.push_back(look_at_channel(adapter, i, handle.get(), sysfs, lock_folder));
  }
  return adapter;
}

}  // namespace

std::vector<AdapterInfo> list_adapters() {
  return list_adapters_with_locks_in(ChannelOptions{}.lock_folder);
}

std::vector<AdapterInfo> list_adapters_with_locks_in(const std::string& lock_folder) {
  const UsbContext usb = open_usb();
  const UsbDevices devices(usb.get());
  std::vector<AdapterInfo> adapters;
  for (libusb_device* device : devices.all()) {
    const auto descriptor = ftdi_descriptor(device);
    if (!descriptor) continue;
    if (auto adapter = look_at(device, *descriptor, lock_folder))
      adapters.push_back(std::move(*adapter));
  }
  std::sort(adapters.begin(), adapters.end(),
            [](const AdapterInfo& a, const AdapterInfo& b) { return a.path < b.path; });
  return adapters;
}

}  // namespace plugrig::ftdi
