#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <span>

#include "drivers/serial/ftdi/usb_transfer.hpp"

namespace plugrig::ftdi {

/// Bytes to the chip. Some transfers at a time are on their way, so that the chip's small FIFO
/// does not run dry while this computer turns to the next. One writer; callbacks come on whichever
/// thread handles libusb's events.
class OutStream {
 public:
  OutStream(const UsbPipe& pipe, StreamSignals& signals);
  ~OutStream();
  OutStream(const OutStream&) = delete;
  OutStream& operator=(const OutStream&) = delete;

  /// Hands `bytes` to the chip in pieces of at most `piece` bytes. Ends when the chip has all, the
  /// deadline passes or the adapter is lost; returns how many the chip has taken. Nothing is on its
  /// way afterwards, also when it throws `Stopped`.
  std::size_t write(std::span<const std::uint8_t> bytes, std::size_t piece,
                    const Deadline& deadline);
  /// Takes back what is on its way.
  void stop() noexcept;
  [[nodiscard]] bool idle() const;

  static constexpr std::size_t kLargestPiece = 4096;

 private:
  struct Slot : UsbTransfer {
    explicit Slot(OutStream& owner_) : UsbTransfer(kLargestPiece), owner(owner_) {}
    OutStream& owner;
  };
  static void LIBUSB_CALL on_done(libusb_transfer* transfer);
  void done(UsbTransfer& slot) noexcept;
  /// Submits as many pieces as there are free transfers; returns what is left.
  std::span<const std::uint8_t> submit(std::span<const std::uint8_t> bytes, std::size_t piece);
  void withdraw();

  const UsbPipe pipe_;
  StreamSignals& signals_;
  mutable std::mutex mutex_;
  std::array<std::unique_ptr<Slot>, 4> slots_;  ///< used in turn
  std::size_t next_ = 0;                        ///< of `slots_`
  std::size_t taken_ = 0;                       ///< bytes of this write that the chip has
};

}  // namespace plugrig::ftdi
