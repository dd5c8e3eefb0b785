#include "drivers/serial/ftdi/out_stream.hpp"

#include <algorithm>

namespace plugrig::ftdi {

namespace {

/// A cancelled transfer comes back within a frame of the bus; after so long nobody handles events.
constexpr Duration kWithdrawLimit = std::chrono::seconds{1};

}  // namespace

OutStream::OutStream(const UsbPipe& pipe, StreamSignals& signals) : pipe_(pipe), signals_(signals) {
  for (auto& slot : slots_) {
    slot = std::make_unique<Slot>(*this);
    libusb_fill_bulk_transfer(slot->transfer.get(), pipe_.device, pipe_.endpoint,
                              slot->buffer.data(), 0, on_done, slot.get(), 0);
  }
}

OutStream::~OutStream() {
  for (auto& slot : slots_) {
    // Only when libusb stopped handling events: it may still read there, so the memory stays.
    if (slot->pending) static_cast<void>(slot.release());
  }
}

bool OutStream::idle() const {
  const std::lock_guard lock(mutex_);
  return std::none_of(slots_.begin(), slots_.end(), [](const auto& slot) { return slot->pending; });
}

void LIBUSB_CALL OutStream::on_done(libusb_transfer* transfer) {
  auto& slot = *static_cast<Slot*>(transfer->user_data);
  slot.owner.done(slot);
}

void OutStream::done(UsbTransfer& slot) noexcept {
  const std::lock_guard lock(mutex_);
  slot.pending = false;
  taken_ += static_cast<std::size_t>(std::max(slot.transfer->actual_length, 0));
  const libusb_transfer_status status = slot.transfer->status;
  if (status != LIBUSB_TRANSFER_COMPLETED && status != LIBUSB_TRANSFER_CANCELLED) {
    signals_.tell_lost(reason_of(status));
  }
  signals_.output.ring();
}

std::span<const std::uint8_t> OutStream::submit(std::span<const std::uint8_t> bytes,
                                                std::size_t piece) {
  const std::lock_guard lock(mutex_);
  while (!bytes.empty() && !slots_.at(next_)->pending) {
    Slot& slot = *slots_.at(next_);
    const auto part = bytes.first(std::min({bytes.size(), piece, kLargestPiece}));
    std::copy(part.begin(), part.end(), slot.buffer.begin());
    slot.transfer->length = static_cast<int>(part.size());
    const int result = libusb_submit_transfer(slot.transfer.get());
    if (result != LIBUSB_SUCCESS) {
      signals_.tell_lost(libusb_error_name(result));
      return bytes;
    }
    slot.pending = true;
    bytes = bytes.subspan(part.size());
    next_ = (next_ + 1) % slots_.size();
  }
  return bytes;
}

std::size_t OutStream::write(std::span<const std::uint8_t> bytes, std::size_t piece,
                             const Deadline& deadline) {
  {
    const std::lock_guard lock(mutex_);
    taken_ = 0;
  }
  try {
    while (!signals_.lost()) {
      bytes = submit(bytes, piece);
      if (bytes.empty() && idle()) break;
      if (!signals_.output.wait(signals_.clock, deadline)) break;
    }
  } catch (...) {
    withdraw();
    throw;
  }
  withdraw();
  const std::lock_guard lock(mutex_);
  return taken_;
}

void OutStream::stop() noexcept {
  const std::lock_guard lock(mutex_);
  // Newest first: an older piece must not leave a gap that a newer one then fills.
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = *slots_.at((next_ + slots_.size() - 1 - i) % slots_.size());
    if (slot.pending) libusb_cancel_transfer(slot.transfer.get());
  }
}

void OutStream::withdraw() {
  if (idle()) return;
  stop();
  const Instant limit = signals_.clock.now() + kWithdrawLimit;
  while (!idle()) {
    if (signals_.output.wait(signals_.clock, {limit, {}})) continue;
    signals_.tell_lost("a transfer could not be cancelled");
    return;
  }
}

}  // namespace plugrig::ftdi
