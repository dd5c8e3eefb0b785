#include "drivers/serial/ftdi/usb_events.hpp"

#include <utility>

namespace plugrig::ftdi {

namespace {

/// In a row; a lost device makes one or two.
constexpr int kMostFailures = 100;

}  // namespace

UsbEvents::UsbEvents(libusb_context* context, std::function<bool()> idle,
                     std::function<void(const char*)> failed)
    : context_(context),
      idle_(std::move(idle)),
      failed_(std::move(failed)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

UsbEvents::~UsbEvents() {
  thread_.request_stop();
  libusb_interrupt_event_handler(context_);
}

void UsbEvents::run(const std::stop_token& stop) noexcept {
  int failures = 0;
  while (!stop.stop_requested() || !idle_()) {
    timeval at_most{.tv_sec = 1, .tv_usec = 0};
    const int result = libusb_handle_events_timeout_completed(context_, &at_most, nullptr);
    failures = result == LIBUSB_SUCCESS || result == LIBUSB_ERROR_INTERRUPTED ? 0 : failures + 1;
    if (failures < kMostFailures) continue;
    failed_(libusb_error_name(result));
    return;
  }
}

}  // namespace plugrig::ftdi
