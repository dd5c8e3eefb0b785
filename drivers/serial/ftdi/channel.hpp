#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "drivers/serial/ftdi/adapters.hpp"
#include "rig/core/clock.hpp"

namespace plugrig::ftdi {

/// Request 0B, high byte (FTDI facts, section 6).
enum class BitMode : std::uint8_t {
  uart = 0x00,
  async_bitbang = 0x01,
  mpsse = 0x02,
  sync_bitbang = 0x04,
  cbus = 0x20,
};

/// Levels at the modem inputs and what happened on the line since the last look.
struct LineStatus {
  bool cts = false, dsr = false, ri = false, dcd = false;  ///< asserted = pin low
  Instant seen{};                                          ///< when a packet last carried them
  std::uint64_t overruns = 0, parity_errors = 0, framing_errors = 0, breaks = 0;  ///< since opening
};

/// One channel of one adapter, open and claimed by this process: a context of unmodified libftdi1
/// for control requests and transfers of our own for data, moved by one event thread a channel.
/// Data that arrives is taken off the chip whether or not anybody reads.
///
/// Thread rule: one reader and one writer of data, control requests from any thread. Real clock
/// only. Every call throws Fault `ftdi.lost` (host) from the moment when the adapter is gone, and
/// `ftdi.request` (host) when the chip refuses a request.
class Channel {
 public:
  virtual ~Channel() = default;

  [[nodiscard]] virtual const AdapterInfo& adapter() const = 0;
  [[nodiscard]] virtual int index() const = 0;  ///< 0 = A
  /// "quad.A (FT4232H FT7XK2A1 at 1-4.2)", for messages.
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual bool lost() const = 0;
  /// As last set.
  [[nodiscard]] virtual BitMode bit_mode() const { return BitMode::uart; }

  // Control requests.
  /// DTR and RTS that are stated, in one request; asserted = pin low.
  virtual void set_modem_lines(std::optional<bool> dtr, std::optional<bool> rts) = 0;
  /// `mask`: directions (1 = output); in CBUS mode low nibble levels, high nibble directions.
  virtual void set_bit_mode(BitMode mode, std::uint8_t mask) = 0;
  /// Request 0C: levels of the pins now (in CBUS mode the low nibble).
  virtual std::uint8_t read_pins() = 0;
  /// In bit-bang modes too this is the divider's rate; the chip samples at a multiple of it.
  /// Rate, 8N1, in force for both directions. Fault `ftdi.baud` (config) when the chip cannot make
  /// it within `kMaxRateError`. `break_on` holds the line at 0 V.
  virtual Rate set_rate(std::uint32_t baud) = 0;
  virtual void set_break(bool break_on) = 0;
  virtual void set_latency_ms(std::uint8_t ms) = 0;
  /// A byte that sends a packet to the host at once (SLIP's frame end); empty = none.
  virtual void set_event_character(std::optional<std::uint8_t> character) = 0;
  /// One word of the EEPROM (read-only path of `plugrig adapters`; programming: eeprom.hpp).
  virtual std::uint16_t read_eeprom_word(std::uint16_t address) = 0;
  virtual void write_eeprom_word(std::uint16_t address, std::uint16_t word) = 0;

  /// Pins (1 = this one) that go on as they are driven then when a channel in bit-bang mode closes:
  /// lamps. No request is sent.
  virtual void leave_driven(std::uint8_t /*pins*/) {}

  // Data.
  /// Hands all bytes to the chip; ends when the last is in its FIFO. Fault `serial.write.timeout`
  /// (host) at the deadline, after which what was handed over has been withdrawn.
  virtual void write(std::span<const std::uint8_t> bytes, const Deadline& deadline) = 0;
  /// Blocks until at least one byte is there; 0 = deadline. Line errors are counted in `status`.
  virtual std::size_t read(std::span<std::uint8_t> into, const Deadline& deadline) = 0;
  /// Nothing is left in the FIFO towards the wire, nor on it (TEMT).
  virtual void drain(const Deadline& deadline) = 0;
  /// Drops what was received, here and in the chip.
  virtual void discard_input() = 0;
  /// Drops what has not left yet.
  virtual void discard_output() = 0;
  [[nodiscard]] virtual LineStatus status() const = 0;
};

struct ChannelOptions {
  std::string adapter_name{};             ///< in the bench file
  int index = 0;                          ///< 0 = A
  std::string lock_folder = "/run/lock";  ///< of lock files that say who holds a channel
  /// For a channel that works by pins: it opens in bit-bang mode with all pins inputs, so that the
  /// UART's idle levels never appear at them.
  bool floating = false;
};

/// Opens one channel: kernel driver detached (given back on close), claimed, reset to UART mode
/// with no pin of its own driven, 9600 8N1, no flow control, no event character, latency timer 1
/// ms, DTR and RTS released. Closing leaves a UART as it was opened; a channel that is in another
/// mode by then (bit-bang, MPSSE, a parked UART) is left with all pins inputs: nothing that floated
/// is driven again, and what drives on is what `leave_driven` named. Faults: `ftdi.busy` (host;
/// names the process that holds it), `ftdi.permission` (host), `ftdi.no_channel` (config),
/// `ftdi.open` (host).
std::shared_ptr<Channel> open_channel(const AdapterInfo& adapter, Clock& clock,
                                      const ChannelOptions& options);

}  // namespace plugrig::ftdi
