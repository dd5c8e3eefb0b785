#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tests/usb_bus/usb_bus.hpp"
#include "tests/usb_bus/virtual_usbfs.hpp"

namespace plugrig::usb_bus {
namespace {

unsigned channel_of(const usbdevfs_urb& urb) { return ((urb.endpoint & 0x7fU) - 1U) / 2U; }

twin::ftdi::SetupPacket setup_of(const std::uint8_t* packet) {
  const auto word = [packet](int at) {
    return static_cast<std::uint16_t>(packet[at] | packet[at + 1] << 8);
  };
  return {packet[0], packet[1], word(2), word(4), word(6)};
}

constexpr unsigned kCapabilities =
    USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_NO_PACKET_SIZE_LIM | USBDEVFS_CAP_REAP_AFTER_DISCONNECT;
constexpr int kFullSpeed = 2, kHighSpeed = 3;

}  // namespace

UsbFile::UsbFile(std::shared_ptr<UsbDevice> device, std::function<void(PollState)> on_poll)
    : device_(std::move(device)), on_poll_(std::move(on_poll)) {
  const std::lock_guard lock(device_->mutex_);
  device_->files_.insert(this);
  on_poll_(poll_);
  if (device_->gone_) poll_state(PollState::gone);
}

UsbFile::~UsbFile() {
  const std::lock_guard lock(device_->mutex_);
  device_->files_.erase(this);
}

void UsbFile::poll_state(PollState state) {
  if (poll_ == state || poll_ == PollState::gone) return;
  poll_ = state;
  on_poll_(state);
}

void UsbFile::complete(usbdevfs_urb* urb, int status, std::size_t length) {
  urb->status = status;
  urb->actual_length = static_cast<int>(length);
  finished_.push_back(urb);
  poll_state(PollState::reapable);
}

bool UsbFile::claimed_by_other(unsigned interface) const {
  return std::any_of(device_->files_.begin(), device_->files_.end(), [&](const auto* file) {
    return file != this && file->claimed_.count(interface) != 0;
  });
}

int UsbFile::claim(unsigned interface) {
  if (interface >= device_->kernel_bound_.size()) return -ENOENT;
  if (device_->kernel_bound_[interface] || claimed_by_other(interface)) return -EBUSY;
  claimed_.insert(interface);
  return 0;
}

int UsbFile::submit_control(usbdevfs_urb* urb, std::unique_lock<std::mutex>& lock) {
  auto* bytes = static_cast<std::uint8_t*>(urb->buffer);
  const auto setup = setup_of(bytes);
  lock.unlock();  // the wiring may call this chip or another device
  const int result = device_->chip_->control(setup, {bytes + 8, setup.length}, now());
  lock.lock();
  const bool in = (setup.type & 0x80) != 0;
  const auto length = result < 0 ? 0 : in ? static_cast<std::size_t>(result) : setup.length;
  complete(urb, std::min(result, 0), length);
  device_->alarm_->ring();
  return 0;
}

int UsbFile::control(const usbdevfs_ctrltransfer& transfer, std::unique_lock<std::mutex>& lock) {
  const twin::ftdi::SetupPacket setup{transfer.bRequestType, transfer.bRequest, transfer.wValue,
                                      transfer.wIndex, transfer.wLength};
  lock.unlock();  // as above
  const int result = device_->chip_->control(
      setup, {static_cast<std::uint8_t*>(transfer.data), setup.length}, now());
  lock.lock();
  device_->alarm_->ring();
  return result < 0 || (setup.type & 0x80) != 0 ? result : setup.length;
}

std::size_t UsbFile::read(std::span<std::uint8_t> into) {
  const std::lock_guard lock(device_->mutex_);
  const auto bytes = device_->chip_->descriptors();
  const auto count = std::min(into.size(), bytes.size() - std::min(read_until_, bytes.size()));
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(read_until_), count, into.begin());
  read_until_ += count;
  return count;
}

int UsbFile::submit(usbdevfs_urb* urb, std::unique_lock<std::mutex>& lock) {
  if (urb->type == USBDEVFS_URB_TYPE_CONTROL) return submit_control(urb, lock);
  const auto channel = channel_of(*urb);
  if (urb->type != USBDEVFS_URB_TYPE_BULK || channel >= device_->kernel_bound_.size())
    return -EINVAL;
  if (claimed_.count(channel) == 0) {  // usbfs claims on first use, with a complaint in the log
    const int result = claim(channel);
    if (result < 0) return result;
  }
  const bool first = std::none_of(pending_.begin(), pending_.end(), [urb](const Pending& pending) {
    return pending.urb->endpoint == urb->endpoint;
  });
  pending_.push_back({urb, 0, first});
  device_->service(*this);
  device_->alarm_->ring();
  return 0;
}

int UsbFile::reap(void* argument) {
  if (finished_.empty()) {
    poll_state(PollState::idle);
    return device_->gone_ ? -ENODEV : -EAGAIN;
  }
  *static_cast<void**>(argument) = finished_.front();
  finished_.pop_front();
  return 0;
}

int UsbFile::discard(const void* urb) {
  const auto it = std::find_if(pending_.begin(), pending_.end(),
                               [urb](const Pending& pending) { return pending.urb == urb; });
  if (it == pending_.end()) return -EINVAL;
  const auto pending = *it;
  pending_.erase(it);
  complete(pending.urb, -ENOENT, pending.done);
  return 0;
}

int UsbFile::driver_name(usbdevfs_getdriver& driver) const {
  if (driver.interface >= device_->kernel_bound_.size()) return -EINVAL;
  const bool user = claimed_.count(driver.interface) != 0 || claimed_by_other(driver.interface);
  if (!device_->kernel_bound_[driver.interface] && !user) return -ENODATA;
  std::strcpy(driver.driver, user ? "usbfs" : "ftdi_sio");
  return 0;
}

int UsbFile::driver_ioctl(const usbdevfs_ioctl& command) {
  auto& bound = device_->kernel_bound_;
  const auto interface = static_cast<unsigned>(command.ifno);
  if (interface >= bound.size()) return -EINVAL;
  switch (static_cast<unsigned>(command.ioctl_code)) {
    case USBDEVFS_CONNECT:
      if (bound[interface] || claimed_.count(interface) != 0 || claimed_by_other(interface))
        return -EBUSY;
      bound[interface] = true;
      return 1;
    case USBDEVFS_DISCONNECT:
      if (!bound[interface]) return -ENODATA;
      bound[interface] = false;
      return 0;
    default:
      return -ENOTTY;
  }
}

int UsbFile::ioctl(unsigned long request, void* argument) {
  std::unique_lock lock(device_->mutex_);
  // libusb 0.1 asks in the blocking way only after a discard, when there is something to reap.
  if (request == USBDEVFS_REAPURBNDELAY || request == USBDEVFS_REAPURB) return reap(argument);
  if (device_->gone_) return -ENODEV;
  switch (request) {
    case USBDEVFS_SUBMITURB:
      return submit(static_cast<usbdevfs_urb*>(argument), lock);
    case USBDEVFS_CONTROL:
      return control(*static_cast<usbdevfs_ctrltransfer*>(argument), lock);
    case USBDEVFS_DISCARDURB:
      return discard(argument);
    case USBDEVFS_GET_CAPABILITIES:
      *static_cast<__u32*>(argument) = kCapabilities;
      return 0;
    case USBDEVFS_CLAIMINTERFACE:
      return claim(*static_cast<unsigned*>(argument));
    case USBDEVFS_RELEASEINTERFACE:
      return claimed_.erase(*static_cast<unsigned*>(argument)) != 0 ? 0 : -EINVAL;
    case USBDEVFS_GETDRIVER:
      return driver_name(*static_cast<usbdevfs_getdriver*>(argument));
    case USBDEVFS_IOCTL:
      return driver_ioctl(*static_cast<usbdevfs_ioctl*>(argument));
    case USBDEVFS_DISCONNECT_CLAIM: {
      const auto interface = static_cast<usbdevfs_disconnect_claim*>(argument)->interface;
      auto& bound = device_->kernel_bound_;
      if (interface < bound.size()) bound[interface] = false;
      return claim(interface);
    }
    case USBDEVFS_RESET:
      device_->chip_->usb_reset();
      return 0;
    case USBDEVFS_SETCONFIGURATION:
      return claimed_.empty() ? 0 : -EBUSY;
    case USBDEVFS_SETINTERFACE:
    case USBDEVFS_CLEAR_HALT:
      return 0;
    case USBDEVFS_GET_SPEED:
      return device_->chip_->high_speed() ? kHighSpeed : kFullSpeed;
    default:
      return -ENOTTY;
  }
}

}  // namespace plugrig::usb_bus
