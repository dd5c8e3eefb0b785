#include "drivers/modbus/board.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "drivers/modbus/pdu.hpp"
#include "drivers/modbus/renamed_fault.hpp"

namespace plugrig::modbus {

namespace {

/// Whatever a profile promises, a board is not asked for its inputs again sooner.
constexpr Duration least_first_timeout = std::chrono::milliseconds{50};

/// A write that reads back other than written is repeated so often before the relay counts as
/// stuck.
constexpr int most_writes = 2;

class ModbusBoard final : public RelayBoard {
 public:
  ModbusBoard(BoardProfile profile, std::string name, std::uint8_t unit, ModbusBus& bus,
              Clock& clock)
      : profile_(std::move(profile)),
        name_(std::move(name)),
        unit_(unit),
        bus_(bus),
        clock_(clock) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] int relays() const override { return profile_.relays; }
  [[nodiscard]] int inputs() const override { return profile_.inputs; }
  [[nodiscard]] bool mains_rated() const override { return profile_.mains_rated; }
  [[nodiscard]] double contact_rating_A() const override { return profile_.contact_rating_A; }
  [[nodiscard]] bool has_timed_on() const override { return profile_.timed_on.has_value(); }

  [[nodiscard]] Duration longest_timed_on() const override {
    return profile_.timed_on ? profile_.timed_on->step * profile_.timed_on->most_steps
                             : Duration::zero();
  }

  [[nodiscard]] Duration timed_on_step() const override {
    return profile_.timed_on ? profile_.timed_on->step : Duration::zero();
  }
  [[nodiscard]] bool timed_on_restarts() const override { return profile_.timed_on_restarts(); }

  void set(int relay, bool on, const Deadline& deadline) override {
    check_relay(relay);
    for (int written = 1;; ++written) {
      write(switch_pdu(relay, on), relay, on, deadline);
      if (reads(relay, on ? Urgency::normal : Urgency::off, deadline) == on) return;
      if (written == most_writes) throw stuck(relay, on);
    }
  }

  void timed_on(int relay, Duration time, const Deadline& deadline) override {
    check_relay(relay);
    write(timed_pdu(relay, time), relay, true, deadline);
    if (!reads(relay, Urgency::normal, deadline)) throw stuck(relay, true);
  }

  /// The board's answer to a write repeats it, and whether the relay is on shows elsewhere: what is
  /// renewed all the time need not be read back each time.
  void renew(int relay, Duration time, const Deadline& deadline) override {
    check_relay(relay);
    // One lost answer must not keep readings of inputs waiting, nor the next renewal.
    RequestOptions options = input_options();
    options.output = relay;
    options.fence = read_pdu(relay_read_function(), profile_.read_address, 1);
    request(timed_pdu(relay, time), options, deadline);
  }

  bool reads_on(int relay, const Deadline& deadline) override {
    check_relay(relay);
    return reads(relay, Urgency::normal, deadline);
  }

  void all_off(const Deadline& deadline) override {
    if (!profile_.all_off) {
      one_by_one_off(deadline);
      return;
    }
    for (int written = 1;; ++written) {
      write(all_off_pdu(), 0, false, deadline);
      const int still_on = first_on(deadline);
      if (still_on == 0) return;
      if (written == most_writes) throw stuck(still_on, false);
    }
  }

  bool input_closed(int input, const Deadline& deadline) override {
    if (input < 1 || input > profile_.inputs) {
      throw Fault("relay.number", Blame::config, fmt::format("{} has no input {}.", name_, input),
                  fmt::format("It has {} inputs.", profile_.inputs));
    }
    return look_at_inputs(deadline).closed[static_cast<std::size_t>(input - 1)];
  }

  BoardInputs inputs_since(Instant since, const Deadline& deadline) override {
    {
      const std::lock_guard lock(mutex_);
      if (last_look_ && last_look_->begun >= since) {
        if (last_look_->fault) throw Fault(*last_look_->fault);
        return last_look_->inputs;
      }
    }
    return look_at_inputs(deadline);
  }

 private:
  /// One request for all inputs, and what came of it.
  struct Look {
    Instant begun{};
    BoardInputs inputs;
    std::optional<Fault> fault;
  };

  BoardInputs look_at_inputs(const Deadline& deadline) {
    Look look{.begun = clock_.now(), .inputs = {}, .fault = {}};
    try {
      const Reply reply = request(read_pdu(profile_.input_function, profile_.input_address,
                                           static_cast<std::uint16_t>(profile_.inputs)),
                                  input_options(), deadline);
      look.inputs = {bits_in(reply.pdu, static_cast<std::size_t>(profile_.inputs)), reply.sent};
    } catch (const Fault& fault) {
      look.fault = fault;
    }
    {
      const std::lock_guard lock(mutex_);
      // Another thread may have asked later and be back already.
      if (!last_look_ || last_look_->begun <= look.begun) last_look_ = look;
    }
    if (look.fault) throw Fault(*look.fault);
    return std::move(look.inputs);
  }

  /// Readings of inputs count only for a moment: one lost answer must not leave them unread so
  /// long.
  [[nodiscard]] RequestOptions input_options() const {
    RequestOptions options;
    options.first_timeout =
        std::clamp(profile_.latency, least_first_timeout, relay_bus_response_limit);
    if (relay_read_function() != profile_.input_function)
      options.fence = read_pdu(relay_read_function(), profile_.read_address, 1);
    return options;
  }

  [[nodiscard]] std::uint8_t relay_read_function() const {
    return profile_.scheme == OutputScheme::coils ? function::read_coils : function::read_holding;
  }

  Reply request(std::vector<std::uint8_t> pdu, const RequestOptions& options,
                const Deadline& deadline) {
    try {
      return bus_.request({unit_, std::move(pdu)}, options, deadline);
    } catch (const Fault& fault) {
      throw renamed(fault, "relay", name_, bus_.name());
    }
  }

  void write(std::vector<std::uint8_t> pdu, int relay, bool on, const Deadline& deadline) {
    const RequestOptions options{.urgency = on ? Urgency::normal : Urgency::off, .output = relay};
    request(std::move(pdu), options, deadline);
  }

  [[nodiscard]] std::uint16_t address_of(int relay, std::uint16_t first) const {
    return static_cast<std::uint16_t>(first + relay - 1);
  }

  [[nodiscard]] std::vector<std::uint8_t> switch_pdu(int relay, bool on) const {
    const std::uint8_t code =
        profile_.scheme == OutputScheme::coils ? function::write_coil : function::write_register;
    return write_pdu(code, address_of(relay, profile_.write_address),
                     on ? profile_.on_word : profile_.off_word);
  }

  [[nodiscard]] std::vector<std::uint8_t> timed_pdu(int relay, Duration time) const {
    if (!profile_.timed_on) {
      throw Fault("relay.no_timed_on", Blame::config,
                  fmt::format("{} cannot switch a relay off by itself.", name_),
                  "Use a board with timed pulses, or switch it plainly.");
    }
    const TimedOnCommand& command = *profile_.timed_on;
    const auto steps = std::max<Duration::rep>(
        1, (time + command.step - Duration{1}) / command.step);  // rounded up
    if (steps > command.most_steps) {
      throw Fault(
          "relay.too_long", Blame::config,
          fmt::format("{} cannot hold a relay for {} s.", name_,
                      std::chrono::duration<double>(time).count()),
          fmt::format("Ask for at most {} s.",
                      std::chrono::duration<double>(command.step).count() * command.most_steps));
    }
    return write_pdu(command.function, address_of(relay, command.address),
                     static_cast<std::uint16_t>(command.base + steps));
  }

  [[nodiscard]] std::vector<std::uint8_t> all_off_pdu() const {
    const AllOffCommand& command = *profile_.all_off;
    if (command.function == function::write_coils) {
      return clear_coils_pdu(command.address, static_cast<std::uint16_t>(profile_.relays));
    }
    return write_pdu(command.function, command.address, command.value);
  }

  bool reads(int relay, Urgency urgency, const Deadline& deadline) {
    const bool coils = profile_.scheme == OutputScheme::coils;
    const Reply reply =
        request(read_pdu(relay_read_function(), address_of(relay, profile_.read_address), 1),
                {.urgency = urgency}, deadline);
    if (coils) return first_bit_in(reply.pdu);
    return registers_in(reply.pdu).front() == profile_.reads_on_word;
  }

  /// Number of a relay that reads on, 0 when none does. Boards with registers give one at a time
  /// (Modbus notes §4.2: count 1).
  int first_on(const Deadline& deadline) {
    if (profile_.scheme == OutputScheme::registers) {
      for (int relay = 1; relay <= profile_.relays; ++relay) {
        if (reads(relay, Urgency::off, deadline)) return relay;
      }
      return 0;
    }
    const Reply reply = request(read_pdu(function::read_coils, profile_.read_address,
                                         static_cast<std::uint16_t>(profile_.relays)),
                                {.urgency = Urgency::off}, deadline);
    const auto on = bits_in(reply.pdu, static_cast<std::size_t>(profile_.relays));
    const auto first = std::ranges::find(on, true);
    return first == on.end() ? 0 : static_cast<int>(first - on.begin()) + 1;
  }

  void one_by_one_off(const Deadline& deadline) {
    std::optional<Fault> first;
    for (int relay = 1; relay <= profile_.relays; ++relay) {
      try {
        set(relay, false, deadline);
      } catch (const Fault& fault) {  // the others must still be switched off
        if (!first) first = fault;
      }
    }
    if (first) throw Fault(*first);
  }

  void check_relay(int relay) const {
    if (relay >= 1 && relay <= profile_.relays) return;
    throw Fault("relay.number", Blame::config, fmt::format("{} has no relay {}.", name_, relay),
                fmt::format("It has {} relays.", profile_.relays));
  }

  [[nodiscard]] Fault stuck(int relay, bool wanted) const {
    return {"relay.stuck",
            Blame::instrument,
            fmt::format("Relay {} of {} was switched {} and reads {}.", relay, name_,
                        wanted ? "on" : "off", wanted ? "off" : "on"),
            wanted ? "Check the board's supply; replace the board."
                   : "Unplug the load's supply at once; replace the board.",
            {{"board", profile_.model}, {"bus", bus_.name()}}};
  }

  const BoardProfile profile_;
  const std::string name_;
  const std::uint8_t unit_;
  ModbusBus& bus_;
  Clock& clock_;
  std::mutex mutex_;
  std::optional<Look> last_look_;  ///< guarded by mutex_; the one that began last
};

}  // namespace

std::unique_ptr<RelayBoard> make_relay_board(BoardProfile profile, std::string name,
                                             std::uint8_t unit, ModbusBus& bus, Clock& clock) {
  return std::make_unique<ModbusBoard>(std::move(profile), std::move(name), unit, bus, clock);
}

}  // namespace plugrig::modbus
