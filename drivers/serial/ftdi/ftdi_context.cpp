#include "drivers/serial/ftdi/ftdi_context.hpp"

#include <algorithm>
#include <array>

#include "drivers/serial/ftdi/adapter_faults.hpp"
#include "drivers/serial/ftdi/sysfs.hpp"
#include "drivers/serial/ftdi/usb_handles.hpp"

namespace plugrig::ftdi {

namespace {

/// A control request takes about a millisecond; libftdi1's five seconds would hold up a stop.
constexpr int kRequestLimit_ms = 1000;

/// Return codes of `ftdi_usb_open_dev` (FTDI facts, section 8).
constexpr int kCannotOpen = -4, kCannotClaim = -5, kNotAllowed = -8;

/// What libftdi1 must take each kind for, in the order of `ChipKind`.
constexpr std::array<ftdi_chip_type, 5> kTypes{TYPE_R, TYPE_230X, TYPE_232H, TYPE_2232H,
                                               TYPE_4232H};

Fault not_there(const std::string& channel) {
  return open_fault(channel, "the adapter is not there any more");
}

/// The tty's driver would be detached from under a program that has it open.
void require_free_tty(const AdapterInfo& adapter, int index, const std::string& channel) {
  const auto tty = Sysfs().tty(adapter.path, index);
  if (tty.empty()) return;
  const auto holder = serial::find_holder(tty);
  if (holder) throw busy_fault(channel, holder);
}

libusb_device* find(const UsbDevices& devices, const AdapterInfo& adapter) {
  for (libusb_device* device : devices.all()) {
    const auto descriptor = ftdi_descriptor(device);
    if (!descriptor || path_of(device) != adapter.path) continue;
    return descriptor->bcdDevice == adapter.bcd_device ? device : nullptr;
  }
  return nullptr;
}

/// In the moment between looking and opening somebody may have plugged another adapter in there.
void require_same(ftdi_context* context, const AdapterInfo& adapter, const std::string& channel) {
  if (adapter.serial.empty()) return;
  libusb_device_descriptor descriptor{};
  libusb_get_device_descriptor(libusb_get_device(context->usb_dev), &descriptor);
  const std::string serial = string_of(context->usb_dev, descriptor.iSerialNumber);
  if (!serial.empty() && serial != adapter.serial) throw not_there(channel);
}

/// libftdi1 does not tell why it could not open or claim, asking once more does: the adapter may
/// just have been pulled out.
int ask_again(libusb_device* device, int index) {
  libusb_device_handle* opened = nullptr;
  const int result = libusb_open(device, &opened);
  if (result != LIBUSB_SUCCESS) return result;
  const UsbHandle handle(opened);
  return libusb_claim_interface(handle.get(), index);
}

Fault why_not_opened(ftdi_context* context, int result, libusb_device* device,
                     const AdapterInfo& adapter, const std::string& adapter_name,
                     const std::string& channel) {
  if (result == kNotAllowed) return permission_fault(adapter_name, adapter);
  if (result == kCannotOpen || result == kCannotClaim) {
    const int reason = ask_again(device, context->interface);
    if (reason == LIBUSB_ERROR_ACCESS) return permission_fault(adapter_name, adapter);
    if (reason == LIBUSB_ERROR_NO_DEVICE) return not_there(channel);
    if (reason == LIBUSB_ERROR_BUSY) {
      return busy_fault(channel, serial::find_holder(adapter.node));
    }
  }
  return open_fault(channel, ftdi_get_error_string(context));
}

}  // namespace

FtdiContext::FtdiContext(const AdapterInfo& adapter, int index, const std::string& adapter_name,
                         const std::string& channel)
    : context_(ftdi_new()) {
  if (!context_) throw no_usb_fault("libftdi1 cannot start");
  if (!adapter.chip) throw unknown_chip_fault(adapter_name, adapter);
  require_free_tty(adapter, index, channel);
  ftdi_set_interface(get(), static_cast<ftdi_interface>(INTERFACE_A + index));
  get()->module_detach_mode = AUTO_DETACH_REATACH_SIO_MODULE;
  get()->usb_read_timeout = kRequestLimit_ms;
  get()->usb_write_timeout = kRequestLimit_ms;
  const UsbDevices devices(get()->usb_ctx);
  libusb_device* const device = find(devices, adapter);
  if (device == nullptr) throw not_there(channel);
  const int result = ftdi_usb_open_dev(get(), device);
  if (result < 0) {
    throw why_not_opened(get(), result, device, adapter, adapter_name, channel);
  }
  try {
    require_same(get(), adapter, channel);
    // A chip taken for another kind would get its rates from the wrong clock.
    if (get()->type != kTypes.at(static_cast<std::size_t>(*adapter.chip))) {
      throw unknown_chip_fault(adapter_name, adapter);
    }
  } catch (...) {
    ftdi_usb_close(get());
    throw;
  }
}

FtdiContext::~FtdiContext() {
  // Not left to ftdi_free(): only this gives the interface back to the kernel's driver.
  ftdi_usb_close(get());
}

namespace {

UsbPipe pipe_of(const ftdi_context& context, int endpoint) {
  // EEPROMs that claim a packet size of 0 exist (FTDI facts, section 1).
  constexpr std::size_t smallest_packet = 64;
  const std::size_t packet = context.max_packet_size;
  return {context.usb_dev, static_cast<unsigned char>(endpoint),
          packet == 0 ? smallest_packet : packet};
}

}  // namespace

// libftdi1 names endpoints from the chip's side: the host reads from `out_ep`.
UsbPipe FtdiContext::in_pipe() const { return pipe_of(*get(), get()->out_ep); }
UsbPipe FtdiContext::out_pipe() const { return pipe_of(*get(), get()->in_ep); }

}  // namespace plugrig::ftdi
