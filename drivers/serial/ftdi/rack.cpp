#include "drivers/serial/ftdi/rack.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "drivers/serial/ftdi/cbus_bank.hpp"
#include "drivers/serial/ftdi/modem_bank.hpp"
#include "drivers/serial/ftdi/rack_faults.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::ftdi {

namespace {

/// A packet comes every millisecond, so levels that are older are not coming any more.
constexpr Duration kFresh = std::chrono::milliseconds{50};

/// How long those who poll are spared a search that has just failed: it opens every adapter for
/// its names, and other slots' inputs wait meanwhile.
constexpr Duration kSearchPause = std::chrono::milliseconds{250};

/// Pins of a UART in request 0C (FTDI facts, section 1); low = asserted.
constexpr unsigned kCts = 1U << 3U, kDsr = 1U << 5U, kDcd = 1U << 6U, kRi = 1U << 7U;

LineStatus with_levels(LineStatus status, std::uint8_t pins, Instant at) {
  status.cts = (pins & kCts) == 0;
  status.dsr = (pins & kDsr) == 0;
  status.dcd = (pins & kDcd) == 0;
  status.ri = (pins & kRi) == 0;
  status.seen = at;
  return status;
}

/// Why something could not be had a moment ago.
struct Failure {
  Fault fault;
  Instant at;
};

/// For those who poll: the fault of a moment ago again, instead of another try.
void throw_if_fresh(const std::optional<Failure>& failure, Instant now) {
  if (failure && now - failure->at < kSearchPause) throw Fault(failure->fault);
}

/// What one channel is open for. The rack keeps banks; a UART belongs to its slot.
struct Port {
  std::mutex mutex;  ///< held while the channel is being opened
  std::weak_ptr<Channel> channel;
  std::weak_ptr<FtdiUart> uart;
  std::shared_ptr<PinBank> pins, modem;
  std::shared_ptr<CbusBank> cbus;
  std::shared_ptr<Channel> watched;  ///< for its modem inputs
  std::optional<Failure> failed;     ///< opening it

  void forget() {
    channel.reset();
    uart.reset();
    pins.reset();
    modem.reset();
    cbus.reset();
    watched.reset();
  }
};

struct Adapter {
  RackAdapter config;
  std::mutex mutex;  ///< of the members below; held for moments only
  std::map<int, Port> ports;
  std::optional<Failure> failed;  ///< finding it
  bool pins_released = false;
  Instant release_again{};  ///< not before, by those who poll

  Port& port(int channel) {
    const std::lock_guard lock(mutex);
    return ports[channel];
  }
};

enum class Caller : std::uint8_t { opens, polls };

}  // namespace

struct Rack::State {
  State(std::vector<RackAdapter> configs, Clock& its_clock, RackUsb its_usb)
      : clock(its_clock), usb(std::move(its_usb)) {
    for (RackAdapter& config : configs) {
      const std::string name = config.wanted.name;
      adapters[name].config = std::move(config);
    }
    if (!usb.list) usb.list = list_adapters;
    if (!usb.open) {
      usb.open = [this](const AdapterInfo& adapter, const ChannelOptions& options) {
        return open_channel(adapter, clock, options);
      };
    }
  }

  Adapter& adapter_named(const std::string& name) {
    const auto at = adapters.find(name);
    if (at != adapters.end()) return at->second;
    std::vector<std::string> known;
    for (const auto& [other, adapter] : adapters) known.push_back(other);
    throw no_adapter_fault(name, known);
  }

  /// The adapter as it is attached now.
  AdapterInfo search(Adapter& adapter, Caller caller) {
    if (caller == Caller::polls) {
      const std::lock_guard lock(adapter.mutex);
      throw_if_fresh(adapter.failed, clock.now());
    }
    try {
      AdapterInfo found = select_adapter(usb.list(), adapter.config.wanted);
      const std::lock_guard lock(adapter.mutex);
      adapter.failed.reset();
      return found;
    } catch (const Fault& fault) {
      const std::lock_guard lock(adapter.mutex);
      adapter.failed = Failure{fault, clock.now()};
      throw;
    }
  }

  /// The channel if it is open and its adapter there; what hung on a lost one is forgotten.
  std::shared_ptr<Channel> alive(Adapter& adapter, Port& port) {
    auto channel = port.channel.lock();
    if (channel && !channel->lost()) return channel;
    if (channel) {
      port.forget();
      const std::lock_guard lock(adapter.mutex);
      adapter.pins_released = false;
    }
    return nullptr;
  }

  /// To be called with the port's lock held. `pin` has been checked by nobody.
  std::shared_ptr<Channel> ensure_open(Adapter& adapter, Port& port, const Pin& pin,
                                       Caller caller) {
    if (auto channel = alive(adapter, port)) {
      pins_of_bank(*channel->adapter().chip, adapter.config.mpsse, pin);
      return channel;
    }
    if (caller == Caller::polls) throw_if_fresh(port.failed, clock.now());
    const AdapterInfo info = search(adapter, caller);
    pins_of_bank(*info.chip, adapter.config.mpsse, pin);
    ChannelOptions options;
    options.adapter_name = pin.adapter;
    options.index = pin.channel;
    options.floating = pin.group == Pin::Group::pins;
    try {
      auto channel = usb.open(info, options);
      port.channel = channel;
      port.failed.reset();
      return channel;
    } catch (const Fault& fault) {
      port.failed = Failure{fault, clock.now()};
      throw;
    }
  }

  /// Once after the adapter appeared: opens its banks, which releases their pins. To be called
  /// with no port's lock held.
  void release_pins(Adapter& adapter, Caller caller) {
    {
      const std::lock_guard lock(adapter.mutex);
      if (caller == Caller::polls && clock.now() < adapter.release_again) return;
      if (std::exchange(adapter.pins_released, true)) return;
    }
    for (const int channel : adapter.config.pin_channels) {
      try {
        pin_bank(adapter, {adapter.config.wanted.name, channel, Pin::Group::pins, 0}, caller);
      } catch (const Fault&) {
        // Who needs that bank is told by the call that asks for it.
        const std::lock_guard lock(adapter.mutex);
        adapter.pins_released = false;
        adapter.release_again = clock.now() + kSearchPause;
      }
    }
  }

  std::shared_ptr<FtdiUart> open_uart(Adapter& adapter, int channel) {
    const std::string& name = adapter.config.wanted.name;
    Port& port = adapter.port(channel);
    const std::lock_guard lock(port.mutex);
    const auto open = alive(adapter, port);
    if (port.uart.lock()) throw in_use_fault(name, channel, "a UART");
    if (port.pins || std::ranges::count(adapter.config.pin_channels, channel) > 0)
      throw in_use_fault(name, channel, "pins");
    auto uart = std::make_shared<FtdiUart>(
        ensure_open(adapter, port, {name, channel, Pin::Group::modem, 0}, Caller::opens), clock);
    port.uart = uart;
    return uart;
  }

  std::shared_ptr<PinBank> pin_bank(Adapter& adapter, const Pin& pin, Caller caller) {
    Port& port = adapter.port(pin.channel);
    const std::lock_guard lock(port.mutex);
    const auto open = alive(adapter, port);
    if (open && !port.pins) throw in_use_fault(pin.adapter, pin.channel, "a UART");
    const auto channel = ensure_open(adapter, port, pin, caller);
    if (!port.pins) {
      port.pins = adapter.config.mpsse ? make_mpsse_bank(channel, clock)
                                       : make_bitbang_bank(channel, clock);
    }
    return port.pins;
  }

  std::shared_ptr<PinBank> cbus_bank(Adapter& adapter, const Pin& pin) {
    Port& port = adapter.port(pin.channel);
    const std::lock_guard lock(port.mutex);
    const auto channel = ensure_open(adapter, port, pin, Caller::polls);
    if (port.pins) throw in_use_fault(pin.adapter, pin.channel, "pins");
    const auto used = static_cast<std::uint8_t>(1U << static_cast<unsigned>(pin.bit));
    if (port.cbus) {
      port.cbus->check(used);
    } else {
      port.cbus = std::make_shared<CbusBank>(channel, clock, used);
    }
    return port.cbus;
  }

  std::shared_ptr<PinBank> modem_bank(Adapter& adapter, const Pin& pin) {
    Port& port = adapter.port(pin.channel);
    const std::lock_guard lock(port.mutex);
    const auto channel = ensure_open(adapter, port, pin, Caller::polls);
    if (port.pins) throw in_use_fault(pin.adapter, pin.channel, "pins");
    if (!port.modem) {
      port.modem = make_modem_bank(
          channel, [open = channel.get()](auto dtr, auto rts) { open->set_modem_lines(dtr, rts); });
    }
    return port.modem;
  }

  LineStatus modem_status(Adapter& adapter, int channel) {
    const std::string& name = adapter.config.wanted.name;
    std::shared_ptr<Channel> open;
    bool cbus = false;
    {
      Port& port = adapter.port(channel);
      const std::lock_guard lock(port.mutex);
      open = ensure_open(adapter, port, {name, channel, Pin::Group::modem, 0}, Caller::polls);
      if (port.pins) throw in_use_fault(name, channel, "pins");
      port.watched = open;
      cbus = port.cbus != nullptr;
    }
    const LineStatus status = open->status();
    const Instant now = clock.now();
    if (status.seen != Instant{} && now - status.seen <= kFresh) return status;
    // Beside CBUS pins request 0C shows those instead.
    if (cbus) throw stale_fault(name, channel);
    return with_levels(status, open->read_pins(), now);
  }

  Clock& clock;
  RackUsb usb;
  std::map<std::string, Adapter> adapters;
};

Rack::Rack(std::vector<RackAdapter> adapters, Clock& clock, RackUsb usb)
    : state_(std::make_unique<State>(std::move(adapters), clock, std::move(usb))) {}

Rack::~Rack() = default;

std::shared_ptr<FtdiUart> Rack::open_uart(const std::string& adapter, int channel) {
  Adapter& found = state_->adapter_named(adapter);
  state_->release_pins(found, Caller::opens);
  return state_->open_uart(found, channel);
}

std::shared_ptr<PinBank> Rack::bank(const Pin& pin) {
  Adapter& adapter = state_->adapter_named(pin.adapter);
  state_->release_pins(adapter, Caller::polls);
  switch (pin.group) {
    case Pin::Group::cbus:
      return state_->cbus_bank(adapter, pin);
    case Pin::Group::modem:
      return state_->modem_bank(adapter, pin);
    case Pin::Group::pins:
      break;
  }
  return state_->pin_bank(adapter, pin, Caller::polls);
}

LineStatus Rack::modem_status(const std::string& adapter, int channel) {
  Adapter& found = state_->adapter_named(adapter);
  state_->release_pins(found, Caller::polls);
  return state_->modem_status(found, channel);
}

}  // namespace plugrig::ftdi
