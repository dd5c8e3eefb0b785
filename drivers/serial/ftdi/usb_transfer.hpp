#pragma once

#include <libusb.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "drivers/serial/ftdi/doorbell.hpp"
#include "rig/core/clock.hpp"

namespace plugrig::ftdi {

/// One bulk endpoint of an open device.
struct UsbPipe {
  libusb_device_handle* device = nullptr;
  unsigned char endpoint = 0;
  std::size_t packet_bytes = 64;
};

/// What the two streams of a channel and its users tell each other.
struct StreamSignals {
  /// `on_loss` is called, maybe more than once and from any thread, before a loss shows.
  StreamSignals(Clock& clock_, std::function<void()> on_loss_)
      : clock(clock_), on_loss(std::move(on_loss_)) {}

  Clock& clock;
  const std::function<void()> on_loss;
  Doorbell input, output;
  std::atomic<const char*> lost_reason{nullptr};  ///< null as long as the adapter is there

  [[nodiscard]] bool lost() const noexcept { return lost_reason.load() != nullptr; }
  /// The adapter is gone; the first reason stays. `reason` must live for ever.
  void tell_lost(const char* reason) noexcept {
    if (on_loss) on_loss();
    const char* none = nullptr;
    if (!lost_reason.compare_exchange_strong(none, reason)) return;
    input.ring();
    output.ring();
    clock.notify();
  }
};

/// A transfer with its memory.
struct UsbTransfer {
  explicit UsbTransfer(std::size_t bytes) : buffer(bytes), transfer(libusb_alloc_transfer(0)) {
    if (!transfer) throw std::bad_alloc();
  }

  std::vector<std::uint8_t> buffer;
  struct End {
    void operator()(libusb_transfer* t) const noexcept { libusb_free_transfer(t); }
  };
  std::unique_ptr<libusb_transfer, End> transfer;
  bool pending = false;  ///< libusb has it
};

/// Why a transfer that was not cancelled did not end well.
const char* reason_of(libusb_transfer_status status) noexcept;

}  // namespace plugrig::ftdi
