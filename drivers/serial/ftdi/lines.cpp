#include "drivers/serial/ftdi/lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "drivers/serial/ftdi/modem_bank.hpp"
#include "drivers/serial/ftdi/pin_state.hpp"
#include "drivers/serial/ftdi/rack.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::ftdi {

namespace {

/// How a line stands.
enum class Stand : std::uint8_t { safe, idle, asserted };

/// What becomes of the pins of one bank, in one request.
struct BankChange {
  PinBank* bank = nullptr;
  std::uint16_t mask = 0, directions = 0, levels = 0;
  int order = 0;  ///< lower goes first
  friend bool operator==(const BankChange&, const BankChange&) = default;
};

/// Orders of changes that need several requests: the supply goes first when it is taken away and
/// last when it is given, so that a unit finds its straps set.
constexpr int kFirst = 0, kMiddle = 1, kLast = 2;

/// A pin's part in a change; empty: it keeps what it has.
struct PinLevel {
  bool driven, high;
};

std::optional<PinLevel> level_of(const OutputLine& line, Stand stand) {
  if (stand == Stand::safe && line.safe == OutputLine::Safe::keep) return std::nullopt;
  if (stand == Stand::safe && line.safe == OutputLine::Safe::released)
    return PinLevel{false, false};
  const bool high = (stand == Stand::asserted) != line.active_low;
  // Open drain: the latch stays 0, only the direction says whether the pin is low.
  if (line.drive == OutputLine::Drive::open_drain) return PinLevel{!high, false};
  return PinLevel{true, high};
}

std::unique_ptr<PinBank> modem_bank_of(FtdiUart& uart) {
  const auto set = [&uart](std::optional<bool> dtr, std::optional<bool> rts) {
    std::vector<LineChange> changes;
    if (dtr) changes.push_back({Signal::dtr, *dtr});
    if (rts) changes.push_back({Signal::rts, *rts});
    uart.set(changes);
  };
  return make_modem_bank(uart.channel(), set);
}

template <typename Action>
void attempt(const Action& action) noexcept {
  try {
    action();
  } catch (...) {  // a lost adapter has no lines
  }
}

OutputLine modem_line(Signal signal, int bit) {
  OutputLine line;
  line.signal = signal;
  line.pin.group = Pin::Group::modem;
  line.pin.bit = bit;
  line.drive = OutputLine::Drive::push_pull;
  line.safe = OutputLine::Safe::idle;
  return line;
}

}  // namespace

struct Lines::State {
  struct Line {
    OutputLine spec;
    std::shared_ptr<PinBank> bank;
    bool asserted = false;
  };

  State(std::vector<OutputLine> wanted, std::shared_ptr<FtdiUart> its_uart, Rack& rack,
        Clock& its_clock)
      : clock(its_clock), uart(std::move(its_uart)) {
    if (uart) modem = modem_bank_of(*uart);
    for (OutputLine& line : wanted) add(std::move(line), rack);
    if (!uart) return;
    // What the bench file gives to no other signal stays a modem line.
    add_modem_line(Signal::dtr, 0);
    add_modem_line(Signal::rts, 1);
  }

  void add(OutputLine line, Rack& rack) {
    auto bank = rack.bank(line.pin);
    const bool shares_uart = uart && bank->channel() == uart->channel();
    if (shares_uart && line.pin.group == Pin::Group::modem) bank = modem;
    if (line.signal == Signal::power_3v3) switches_power = true;
    if (line.safe == OutputLine::Safe::keep)
      bank->keep(static_cast<std::uint16_t>(1U << static_cast<unsigned>(line.pin.bit)));
    lines.push_back({std::move(line), std::move(bank)});
  }

  void add_modem_line(Signal signal, int bit) {
    const bool taken = std::ranges::any_of(lines, [&](const Line& line) {
      return line.spec.signal == signal || (line.bank == modem && line.spec.pin.bit == bit);
    });
    if (!taken) lines.push_back({modem_line(signal, bit), modem});
  }

  Line* find(Signal signal) {
    const auto at =
        std::ranges::find(lines, signal, [](const Line& line) { return line.spec.signal; });
    return at == lines.end() ? nullptr : &*at;
  }

  /// Joins lines of one bank into one change.
  static void join(std::vector<BankChange>& changes, const Line& line, Stand stand) {
    const auto level = level_of(line.spec, stand);
    if (!level) return;
    auto at = std::ranges::find(changes, line.bank.get(), &BankChange::bank);
    if (at == changes.end()) at = changes.insert(at, {.bank = line.bank.get(), .order = kMiddle});
    const unsigned bit = 1U << static_cast<unsigned>(line.spec.pin.bit);
    const auto put = [bit](std::uint16_t& word, bool on) {
      word = static_cast<std::uint16_t>(on ? word | bit : word & ~bit);
    };
    put(at->mask, true);
    put(at->directions, level->driven);
    put(at->levels, level->high);
    if (line.spec.signal == Signal::power_3v3)
      at->order = stand == Stand::asserted ? kLast : kFirst;
  }

  std::vector<BankChange> all_to(Stand stand) const {
    std::vector<BankChange> changes;
    for (const Line& line : lines) join(changes, line, stand);
    return in_order(std::move(changes));
  }

  static std::vector<BankChange> in_order(std::vector<BankChange> changes) {
    std::ranges::stable_sort(changes, {}, &BankChange::order);
    return changes;
  }

  static void send(const std::vector<BankChange>& changes) {
    for (const BankChange& change : changes)
      change.bank->set(change.mask, change.directions, change.levels);
  }

  /// Safe before idle: whatever was driven by an earlier program ends at once, the supply first.
  void open() {
    park(true);
    const auto safe = all_to(Stand::safe);
    auto idle = all_to(Stand::idle);
    std::erase_if(idle, [&safe](const BankChange& change) {
      return std::ranges::find(safe, change) != safe.end();
    });
    send(safe);
    send(idle);
    Duration longest{};
    for (const Line& line : lines) longest = std::max(longest, line.spec.settle);
    settle(longest);
  }

  void settle(Duration time) const {
    if (time > Duration::zero()) clock.sleep_for(time, {});
  }

  /// Keeps TXD from feeding a unit whose supply is off.
  void park(bool parked) {
    if (uart && switches_power) uart->park(parked);
  }

  void set(std::span<const LineChange> wanted) {
    std::vector<BankChange> changes;
    Duration longest{};
    for (const LineChange& change : wanted) {
      const Line& line = *find(change.signal);
      join(changes, line, change.asserted ? Stand::asserted : Stand::idle);
      if (line.asserted != change.asserted) longest = std::max(longest, line.spec.settle);
    }
    const auto power = std::ranges::find(wanted, Signal::power_3v3, &LineChange::signal);
    const bool takes_power = power != wanted.end() && !power->asserted;
    const bool gives_power = power != wanted.end() && power->asserted;
    if (takes_power) park(true);
    send(in_order(std::move(changes)));
    for (const LineChange& change : wanted) find(change.signal)->asserted = change.asserted;
    settle(longest);
    if (gives_power) park(false);
  }

  /// Each bank by itself: one lost adapter must not keep the lines of another from being safe.
  void make_safe() noexcept {
    attempt([this] { park(true); });
    attempt([this] {
      for (const BankChange& change : all_to(Stand::safe)) attempt([&change] { send({change}); });
    });
    for (Line& line : lines) line.asserted = false;
  }

  Clock& clock;
  std::shared_ptr<FtdiUart> uart;
  std::shared_ptr<PinBank> modem;  ///< DTR and RTS of `uart`
  std::vector<Line> lines;
  bool switches_power = false;
};

Lines::Lines(std::vector<OutputLine> lines, std::shared_ptr<FtdiUart> uart, Rack& rack,
             Clock& clock)
    : state_(std::make_unique<State>(std::move(lines), std::move(uart), rack, clock)) {
  try {
    state_->open();
  } catch (...) {
    make_safe();
    throw;
  }
}

Lines::~Lines() { make_safe(); }

bool Lines::offers(Signal signal) const { return state_->find(signal) != nullptr; }

void Lines::set(std::span<const LineChange> changes) {
  for (const LineChange& change : changes) {
    if (offers(change.signal)) continue;
    throw Fault("lines.missing", Blame::fixture,
                fmt::format("The slot has no {} line.", to_string(change.signal)),
                "Name its pin under 'lines' in the bench file, or use a wiring that needs none.");
  }
  if (!changes.empty()) state_->set(changes);
}

void Lines::make_safe() noexcept { state_->make_safe(); }

}  // namespace plugrig::ftdi
