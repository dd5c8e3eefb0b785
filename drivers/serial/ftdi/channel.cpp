#include "drivers/serial/ftdi/channel.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <mutex>

#include "drivers/serial/ftdi/adapter_faults.hpp"
#include "drivers/serial/ftdi/channel_faults.hpp"
#include "drivers/serial/ftdi/channel_lock.hpp"
#include "drivers/serial/ftdi/ftdi_context.hpp"
#include "drivers/serial/ftdi/in_stream.hpp"
#include "drivers/serial/ftdi/out_stream.hpp"
#include "drivers/serial/ftdi/usb_events.hpp"

namespace plugrig::ftdi {

namespace {

/// A refused request and a lost adapter look alike to libftdi1; the transfers that are queued tell
/// within a millisecond (FTDI facts, section 8).
constexpr Duration kLossShows = std::chrono::milliseconds{100};

/// How often an emptying send buffer is looked at: no event tells that it is empty.
constexpr Duration kDrainPoll = std::chrono::milliseconds{1};

/// From here on transfers end by the latency timer only when there is a pause (FTDI facts, 4).
constexpr std::uint32_t kHighRate = 1'000'000;

/// What libftdi1 sets at opening.
constexpr std::uint32_t kFirstRate = 9600;

std::string name_of(const AdapterInfo& adapter, const ChannelOptions& options) {
  return options.adapter_name + "." + channel_letter(options.index) + " (" + describe(adapter) +
         ")";
}

/// A vendor request without data that libftdi1 has no function for, or not the right one.
int send_request(ftdi_context* context, std::uint8_t number, std::uint16_t value,
                 std::uint16_t index) {
  constexpr std::uint8_t kVendorOut = 0x40;  // bmRequestType (FTDI facts, section 2)
  return libusb_control_transfer(context->usb_dev, kVendorOut, number, value, index, nullptr, 0,
                                 static_cast<unsigned>(context->usb_write_timeout));
}

/// Takes the lock file or tells who has it.
class HeldLock {
 public:
  HeldLock(const AdapterInfo& adapter, const ChannelOptions& options, const std::string& channel,
           Clock& clock)
      : lock_(options.lock_folder, adapter.path, options.index, clock) {
    if (!lock_.taken()) throw busy_fault(channel, lock_.holder());
  }
  void release() noexcept { lock_.release(); }

 private:
  ChannelLock lock_;
};

class UsbChannel final : public Channel {
 public:
  UsbChannel(const AdapterInfo& adapter, Clock& clock, const ChannelOptions& options)
      : adapter_(adapter),
        clock_(clock),
        index_(options.index),
        name_(name_of(adapter, options)),
        lock_(adapter, options, name_, clock),
        signals_(clock, [this] { lock_.release(); }),
        context_(adapter, options.index, options.adapter_name, name_),
        in_(context_.in_pipe(), signals_),
        out_(context_.out_pipe(), signals_),
        events_(std::make_unique<UsbEvents>(
            context_.get()->usb_ctx, [this] { return in_.idle() && out_.idle(); },
            [this](const char* reason) { signals_.tell_lost(reason); })) {
    try {
      set_up(options);
    } catch (...) {
      end_streams();
      throw;
    }
  }

  ~UsbChannel() override {
    try {
      if (!lost()) leave_safe();
    } catch (const std::exception&) {
      // Lost or deaf at the last moment: there is nobody left to tell, and nothing left to set.
    }
    end_streams();
  }
  UsbChannel(const UsbChannel&) = delete;
  UsbChannel& operator=(const UsbChannel&) = delete;

  [[nodiscard]] const AdapterInfo& adapter() const override { return adapter_; }
  [[nodiscard]] int index() const override { return index_; }
  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] bool lost() const override { return signals_.lost(); }
  [[nodiscard]] BitMode bit_mode() const override { return mode_; }
  [[nodiscard]] LineStatus status() const override { return in_.status(); }

  void set_modem_lines(std::optional<bool> dtr, std::optional<bool> rts) override {
    if (!dtr && !rts) return;
    request("setting DTR and RTS", [&](ftdi_context* context) {
      if (!rts) return ftdi_setdtr(context, *dtr ? 1 : 0);
      if (!dtr) return ftdi_setrts(context, *rts ? 1 : 0);
      return ftdi_setdtr_rts(context, *dtr ? 1 : 0, *rts ? 1 : 0);
    });
  }

  void set_bit_mode(BitMode mode, std::uint8_t mask) override {
    request("setting the bit mode", [&](ftdi_context* context) {
      const int result = ftdi_set_bitmode(context, mask, static_cast<unsigned char>(mode));
      // Otherwise libftdi1 multiplies rates by 4 from here on, also beside CBUS pins.
      context->bitbang_enabled = 0;
      return result;
    });
    mode_ = mode;
    mask_ = mask;
    // In asynchronous bit-bang mode the chip sends samples of its pins all the time.
    in_.keep_data(mode != BitMode::async_bitbang);
  }

  void leave_driven(std::uint8_t pins) override { left_driven_ = pins; }

  std::uint8_t read_pins() override {
    unsigned char pins = 0;
    request("reading pins", [&](ftdi_context* context) { return ftdi_read_pins(context, &pins); });
    return pins;
  }

  Rate set_rate(std::uint32_t baud) override {
    const auto rate = nearest_rate(*adapter_.chip, baud);
    if (!rate || std::abs(rate->error()) > kMaxRateError) {
      throw baud_fault(name_, *adapter_.chip, baud);
    }
    request("setting the rate", [&](ftdi_context* context) {
      if (adapter_.chip == ChipKind::ft_x) {
        const auto [value, index] = ft_x_rate_request(*rate);
        return send_request(context, SIO_SET_BAUDRATE_REQUEST, value, index);
      }
      return ftdi_set_baudrate(context, static_cast<int>(std::lround(rate->achieved)));
    });
    baud_ = baud;
    in_.set_transfer_bytes(baud >= kHighRate ? InStream::kLong : InStream::kShort);
    return *rate;
  }

  void set_break(bool break_on) override {
    request("setting the line format", [&](ftdi_context* context) {
      return ftdi_set_line_property2(context, BITS_8, STOP_BIT_1, NONE,
                                     break_on ? BREAK_ON : BREAK_OFF);
    });
  }

  void set_latency_ms(std::uint8_t ms) override {
    request("setting the latency timer",
            [&](ftdi_context* context) { return ftdi_set_latency_timer(context, ms); });
    latency_ = std::chrono::milliseconds{ms};
  }

  void set_event_character(std::optional<std::uint8_t> character) override {
    request("setting the event character", [&](ftdi_context* context) {
      return ftdi_set_event_char(context, character.value_or(0), character ? 1 : 0);
    });
  }

  std::uint16_t read_eeprom_word(std::uint16_t address) override {
    unsigned short word = 0;
    request("reading the EEPROM", [&](ftdi_context* context) {
      return ftdi_read_eeprom_location(context, address, &word);
    });
    return word;
  }

  void write_eeprom_word(std::uint16_t address, std::uint16_t word) override {
    // libftdi1 writes whole images or the user area only.
    request("writing the EEPROM", [&](ftdi_context* context) {
      return send_request(context, SIO_WRITE_EEPROM_REQUEST, word, address);
    });
  }

  void write(std::span<const std::uint8_t> bytes, const Deadline& deadline) override {
    require_present("writing");
    const std::size_t taken = write_or_withdraw(bytes, deadline);
    require_present("writing");
    if (taken == bytes.size()) return;
    discard_output();
    throw write_timeout_fault(name_, bytes.size() - taken);
  }

  std::size_t read(std::span<std::uint8_t> into, const Deadline& deadline) override {
    require_present("reading");
    if (into.empty()) return 0;
    const std::size_t count = in_.read(into, deadline);
    if (count == 0) require_present("reading");
    return count;
  }

  void drain(const Deadline& deadline) override {
    while (!transmitter_empty()) {
      if (clock_.now() >= deadline.at) throw drain_timeout_fault(name_);
      clock_.sleep_for(kDrainPoll, deadline);
    }
  }

  void discard_input() override {
    request("emptying the input", [](ftdi_context* context) { return ftdi_tciflush(context); });
    // The transfer that the chip has begun to fill ends at the next latency period.
    in_.discard(clock_.now() + latency_.load() + std::chrono::milliseconds{5});
  }

  void discard_output() override {
    request("emptying the output", [](ftdi_context* context) { return ftdi_tcoflush(context); });
  }

 private:
  /// Everything that an earlier program or libftdi1's opening may have left otherwise.
  void set_up(const ChannelOptions& options) {
    in_.start();
    set_bit_mode(options.floating ? BitMode::async_bitbang : BitMode::uart, 0);
    set_modem_lines(false, false);
    request("switching flow control off",
            [](ftdi_context* context) { return ftdi_setflowctrl(context, SIO_DISABLE_FLOW_CTRL); });
    set_break(false);
    set_latency_ms(1);
    set_event_character(std::nullopt);
    discard_output();
    discard_input();
  }

  /// Pins that are no UART now float from here on, but for lamps; becoming one again would drive
  /// them.
  void leave_safe() {
    const bool is_uart = mode_ == BitMode::uart || mode_ == BitMode::cbus;
    const bool by_pins = mode_ == BitMode::async_bitbang;
    const auto driven = static_cast<std::uint8_t>(by_pins ? mask_ & left_driven_ : 0);
    set_bit_mode(is_uart ? BitMode::uart : BitMode::async_bitbang, driven);
    set_modem_lines(false, false);
    if (is_uart) set_break(false);
  }

  void end_streams() {
    out_.stop();
    in_.stop();
    events_.reset();
  }

  /// Runs one request; none is sent once the adapter is lost.
  void request(const char* during, const std::function<int(ftdi_context*)>& send) {
    require_present(during);
    std::string reason;
    {
      const std::lock_guard lock(requests_);
      if (send(context_.get()) >= 0) return;
      reason = ftdi_get_error_string(context_.get());
    }
    clock_.wait([this] { return lost(); }, {clock_.now() + kLossShows, {}});
    require_present(during);
    throw request_fault(name_, during, reason);
  }

  void require_present(const char* during) const {
    if (lost()) throw lost_fault(name_, during, signals_.lost_reason.load());
  }

  std::size_t write_or_withdraw(std::span<const std::uint8_t> bytes, const Deadline& deadline) {
    // One second's worth at most: what cannot be taken back stays small (FTDI facts, section 8).
    const std::size_t piece = std::max<std::size_t>(baud_ / 10, 1);
    try {
      return out_.write(bytes, piece, deadline);
    } catch (const Stopped&) {
      discard_output();
      throw;
    }
  }

  bool transmitter_empty() {
    unsigned short status = 0;  // first status byte low, second high
    request("sending",
            [&](ftdi_context* context) { return ftdi_poll_modem_status(context, &status); });
    const auto line = static_cast<std::uint8_t>(status >> 8);
    in_.note(static_cast<std::uint8_t>(status & 0xFF), line);
    return (line & kTransmitterEmpty) != 0;
  }

  const AdapterInfo adapter_;
  Clock& clock_;
  const int index_;
  const std::string name_;
  HeldLock lock_;
  StreamSignals signals_;
  FtdiContext context_;
  std::mutex requests_;  ///< libftdi1 has no locks of its own
  std::atomic<BitMode> mode_{BitMode::uart};
  std::atomic<std::uint8_t> mask_{0}, left_driven_{0};
  std::atomic<std::uint32_t> baud_{kFirstRate};
  std::atomic<Duration> latency_{std::chrono::milliseconds{16}};
  InStream in_;
  OutStream out_;
  std::unique_ptr<UsbEvents> events_;
};

}  // namespace

std::shared_ptr<Channel> open_channel(const AdapterInfo& adapter, Clock& clock,
                                      const ChannelOptions& options) {
  if (!adapter.chip) throw unknown_chip_fault(options.adapter_name, adapter);
  if (options.index < 0 || options.index >= facts_of(*adapter.chip).channels) {
    throw no_channel_fault(options.adapter_name, adapter, options.index);
  }
  return std::make_shared<UsbChannel>(adapter, clock, options);
}

}  // namespace plugrig::ftdi
