#include "drivers/serial/ftdi/in_stream.hpp"

#include <algorithm>

namespace plugrig::ftdi {

namespace {

/// Three seconds at 3 Mbaud, a minute and a half at 115200, for a reader that is busy elsewhere.
constexpr std::size_t kRingBytes = std::size_t{1} << 20;

}  // namespace

InStream::InStream(const UsbPipe& pipe, StreamSignals& signals)
    : pipe_(pipe), signals_(signals), ring_(kRingBytes) {
  for (auto& slot : slots_) {
    slot = std::make_unique<Slot>(*this);
    libusb_fill_bulk_transfer(slot->transfer.get(), pipe_.device, pipe_.endpoint,
                              slot->buffer.data(), static_cast<int>(kShort), on_done, slot.get(),
                              0);
  }
}

InStream::~InStream() {
  for (auto& slot : slots_) {
    // Only when libusb stopped handling events: it may still write there, so the memory stays.
    if (slot->pending) static_cast<void>(slot.release());
  }
}

void InStream::start() {
  const std::lock_guard lock(mutex_);
  for (auto& slot : slots_) submit(*slot);
}

void InStream::stop() noexcept {
  const std::lock_guard lock(mutex_);
  stopping_ = true;  // a transfer that is being handled right now cannot be cancelled
  for (auto& slot : slots_) {
    if (slot->pending) libusb_cancel_transfer(slot->transfer.get());
  }
}

bool InStream::idle() const {
  const std::lock_guard lock(mutex_);
  return std::none_of(slots_.begin(), slots_.end(), [](const auto& slot) { return slot->pending; });
}

bool InStream::submit(UsbTransfer& slot) noexcept {
  slot.transfer->length = static_cast<int>(transfer_bytes_);
  const int result = libusb_submit_transfer(slot.transfer.get());
  slot.pending = result == LIBUSB_SUCCESS;
  if (!slot.pending) signals_.tell_lost(libusb_error_name(result));
  return slot.pending;
}

void LIBUSB_CALL InStream::on_done(libusb_transfer* transfer) {
  auto& slot = *static_cast<Slot*>(transfer->user_data);
  slot.owner.done(slot);
}

void InStream::done(UsbTransfer& slot) noexcept {
  const std::lock_guard lock(mutex_);
  slot.pending = false;
  const libusb_transfer& transfer = *slot.transfer;
  take_packets(
      std::span(slot.buffer).first(static_cast<std::size_t>(std::max(transfer.actual_length, 0))));
  ++ended_;
  if (someone_discards_) signals_.input.ring();
  if (stopping_) return;
  if (transfer.status == LIBUSB_TRANSFER_COMPLETED) {
    submit(slot);
  } else {
    signals_.tell_lost(reason_of(transfer.status));
  }
}

void InStream::take_packets(std::span<const std::uint8_t> received) noexcept {
  const Instant now = signals_.clock.now();
  const bool was_empty = ring_.empty();
  Packet packet;
  while (!received.empty() && next_packet(received, pipe_.packet_bytes, packet)) {
    note_status(status_, packet.modem, packet.line, now);
    if (!keep_) continue;
    if (ring_.push(packet.data) < packet.data.size()) ++status_.overruns;
  }
  if (was_empty && !ring_.empty()) signals_.input.ring();
}

std::size_t InStream::read(std::span<std::uint8_t> into, const Deadline& deadline) {
  while (true) {
    if (deadline.stop.stop_requested()) throw Stopped{};
    if (signals_.lost()) return 0;
    {
      const std::lock_guard lock(mutex_);
      const std::size_t count = ring_.take(into);
      if (count > 0) return count;
    }
    if (!signals_.input.wait(signals_.clock, deadline)) return 0;
  }
}

void InStream::discard(Instant limit) {
  std::unique_lock lock(mutex_);
  const std::uint64_t before = ended_;
  someone_discards_ = true;
  while (ended_ == before && !signals_.lost()) {
    lock.unlock();
    const bool rung = signals_.input.wait(signals_.clock, {limit, {}});
    lock.lock();
    if (!rung) break;
  }
  someone_discards_ = false;
  ring_.clear();
}

void InStream::keep_data(bool keep) {
  const std::lock_guard lock(mutex_);
  if (keep && !keep_) ring_.clear();
  keep_ = keep;
}

void InStream::set_transfer_bytes(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  transfer_bytes_ = bytes;
}

LineStatus InStream::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void InStream::note(std::uint8_t modem, std::uint8_t line) {
  const Instant now = signals_.clock.now();
  const std::lock_guard lock(mutex_);
  note_status(status_, modem, line, now);
}

}  // namespace plugrig::ftdi
