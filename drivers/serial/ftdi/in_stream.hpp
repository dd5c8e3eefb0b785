#pragma once

#include <array>
#include <memory>
#include <mutex>

#include "drivers/serial/ftdi/byte_ring.hpp"
#include "drivers/serial/ftdi/packets.hpp"
#include "drivers/serial/ftdi/usb_transfer.hpp"

namespace plugrig::ftdi {

/// Bytes from the chip. Transfers are queued at all times, so that the chip's small FIFO is emptied
/// whatever the rest of the rig does (FTDI facts, section 4). Each ends with the latency timer at
/// the latest, so their number is the time in ms that this computer may be busy elsewhere.
///
/// Thread rule: callbacks come on whichever thread handles libusb's events; everything else from
/// any thread, one reader.
class InStream {
 public:
  InStream(const UsbPipe& pipe, StreamSignals& signals);
  ~InStream();
  InStream(const InStream&) = delete;
  InStream& operator=(const InStream&) = delete;

  /// Hands the transfers to libusb.
  void start();
  /// Takes them back; they come one by one as long as somebody handles events.
  void stop() noexcept;
  [[nodiscard]] bool idle() const;

  /// Blocks until at least one byte is there; 0 = deadline, or the adapter was lost.
  std::size_t read(std::span<std::uint8_t> into, const Deadline& deadline);
  /// Throws away what is here. A transfer that the chip has begun to fill may hold more: waits for
  /// it to end, at most until `limit`.
  void discard(Instant limit);
  /// Received bytes are kept (true) or dropped at once: samples of bit-bang mode.
  void keep_data(bool keep);
  /// A transfer ends when it is full or the chip has no more: short ones for a small delay, long
  /// ones for high rates (FTDI facts, section 4).
  void set_transfer_bytes(std::size_t bytes);

  [[nodiscard]] LineStatus status() const;
  /// Status bytes that came by request instead of with a packet.
  void note(std::uint8_t modem, std::uint8_t line);

  static constexpr std::size_t kShort = 512, kLong = 1024;

 private:
  static void LIBUSB_CALL on_done(libusb_transfer* transfer);
  void done(UsbTransfer& slot) noexcept;
  void take_packets(std::span<const std::uint8_t> received) noexcept;
  bool submit(UsbTransfer& slot) noexcept;

  struct Slot : UsbTransfer {
    explicit Slot(InStream& owner_) : UsbTransfer(kLong), owner(owner_) {}
    InStream& owner;
  };

  const UsbPipe pipe_;
  StreamSignals& signals_;
  mutable std::mutex mutex_;
  std::array<std::unique_ptr<Slot>, 64> slots_;
  std::size_t transfer_bytes_ = kShort;
  ByteRing ring_;
  LineStatus status_;
  std::uint64_t ended_ = 0;  ///< transfers
  bool keep_ = true, stopping_ = false, someone_discards_ = false;
};

}  // namespace plugrig::ftdi
