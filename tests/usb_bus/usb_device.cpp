#include <algorithm>
#include <cerrno>
#include <utility>

#include "tests/usb_bus/usb_bus.hpp"
#include "tests/usb_bus/virtual_usbfs.hpp"

namespace plugrig::usb_bus {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

SteadyTime steady(Instant time) {
  return time == Instant::max() ? SteadyTime::max() : SteadyTime(time.time_since_epoch());
}

bool is_in(const usbdevfs_urb& urb) { return (urb.endpoint & 0x80) != 0; }
unsigned channel_of(const usbdevfs_urb& urb) { return ((urb.endpoint & 0x7fU) - 1U) / 2U; }

}  // namespace

Instant now() { return Instant(std::chrono::steady_clock::now().time_since_epoch()); }

void UsbDevice::Alarm::ring(bool and_stop) {
  {
    const std::lock_guard lock(mutex);
    rung = true;
    stop = stop || and_stop;
  }
  changed.notify_one();
}

UsbDevice::UsbDevice(std::shared_ptr<twin::ftdi::Chip> chip, bool kernel_driver)
    : chip_(std::move(chip)), kernel_bound_(chip_->channels(), kernel_driver) {
  chip_->set_wake([alarm = alarm_] { alarm->ring(); });
  thread_ = std::thread([this] { run(); });
}

UsbDevice::~UsbDevice() { halt(); }

void UsbDevice::halt() {
  if (!thread_.joinable()) return;
  chip_->set_wake(nullptr);
  alarm_->ring(true);
  thread_.join();
}

void UsbDevice::run() {
  auto next = now();
  for (;;) {
    {
      std::unique_lock lock(alarm_->mutex);
      alarm_->changed.wait_until(lock, steady(next), [this] { return alarm_->rung; });
      if (alarm_->stop) return;
      alarm_->rung = false;
    }
    next = Instant::max();
    {
      const std::lock_guard lock(mutex_);
      for (auto* file : files_) next = std::min(next, service(*file));
    }
    next = std::min(next, chip_->advance(now()));  // without the lock: calls into the bench
  }
}

// Finishes what can be finished, oldest first on each endpoint.
Instant UsbDevice::service(UsbFile& file) {
  auto next = Instant::max();
  std::set<unsigned char> busy;
  for (auto it = file.pending_.begin(); it != file.pending_.end();) {
    auto& urb = *it->urb;
    const std::span buffer(static_cast<std::uint8_t*>(urb.buffer),
                           static_cast<std::size_t>(urb.buffer_length));
    twin::ftdi::Progress progress{false, Instant::max()};
    if (busy.insert(urb.endpoint).second) {
      progress = is_in(urb) ? chip_->bulk_in(channel_of(urb), buffer, it->done, now(),
                                             std::exchange(it->first, false))
                            : chip_->bulk_out(channel_of(urb), buffer, it->done, now());
    }
    if (!progress.over) {
      next = std::min(next, progress.due);
      ++it;
      continue;
    }
    busy.erase(urb.endpoint);
    const auto length = it->done;
    it = file.pending_.erase(it);
    file.complete(&urb, 0, length);
  }
  return next;
}

void UsbDevice::unplug() {
  halt();
  {
    const std::lock_guard lock(mutex_);
    gone_ = true;
    for (auto* file : files_) {
      for (const auto& pending : std::exchange(file->pending_, {}))
        file->complete(pending.urb, -ESHUTDOWN, pending.done);
      file->poll_state(PollState::gone);
    }
  }
  chip_->power_down();  // without the lock: calls into the bench
}

bool UsbDevice::kernel_bound(unsigned interface) {
  const std::lock_guard lock(mutex_);
  return interface < kernel_bound_.size() && kernel_bound_[interface];
}

}  // namespace plugrig::usb_bus
