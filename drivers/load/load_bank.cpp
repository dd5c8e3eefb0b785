#include "drivers/load/load_bank.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace plugrig::load {

namespace {

/// How far from the wished power a combination may be and still be called that point.
constexpr double point_tolerance = 0.15;

/// What boards add to a timed on by rounding it up to their steps.
constexpr Duration timer_rounding = std::chrono::seconds{1};

enum class Limit : std::uint8_t { none, element, contact, wiring, duty };

double power_at(const LoadElement& element, double volts) {
  return volts * volts / element.resistance_Ohm;
}

Fault bad_spec(const std::string& what, const std::string& next) {
  return {"load.config", Blame::config, what, next};
}

std::vector<int> elements_of(std::uint32_t combination) {
  std::vector<int> elements;
  for (int i = 0; combination >> static_cast<unsigned>(i) != 0; ++i) {
    if ((combination >> static_cast<unsigned>(i) & 1U) != 0) elements.push_back(i);
  }
  return elements;
}

}  // namespace

struct RelayLoadBank::Judged {
  LoadSetting setting;
  Limit limit = Limit::none;
  int element = 0;  ///< that stands against it
};

/// One element's relay for who wants to see that it goes off by itself.
class RelayLoadBank::TimedRelay final : public MainsSwitch {
 public:
  TimedRelay(RelayBoard& board, int relay, Duration pulse)
      : board_(board), relay_(relay), pulse_(pulse) {}
  void set(bool on, const Deadline& deadline) override {
    if (on) {
      board_.timed_on(relay_, pulse_, deadline);
    } else {
      board_.set(relay_, false, deadline);
    }
  }
  bool reads_on(const Deadline& deadline) override { return board_.reads_on(relay_, deadline); }
  [[nodiscard]] Duration renew_within() const override { return pulse_; }
  void on_for(Duration time, const Deadline& deadline) override {
    board_.timed_on(relay_, time, deadline);
  }
  [[nodiscard]] Duration timer_step() const override { return board_.timed_on_step(); }

 private:
  RelayBoard& board_;
  const int relay_;
  const Duration pulse_;
};

RelayLoadBank::RelayLoadBank(const Clock& clock, RelayBoard& board, LoadBankSpec spec)
    : clock_(clock),
      board_(board),
      spec_(std::move(spec)),
      maybe_on_(spec_.elements.size(), true),
      ends_(spec_.elements.size()) {
  check_spec();
  for (const LoadElement& element : spec_.elements) {
    duties_.emplace_back(element.duty, element.duty_period);
    if (spec_.renew_within > Duration::zero()) {
      timed_relays_.push_back(
          std::make_unique<TimedRelay>(board_, element.relay, spec_.renew_within));
    }
  }
}

RelayLoadBank::~RelayLoadBank() = default;

void RelayLoadBank::check_spec() const {
  if (spec_.elements.empty() || spec_.elements.size() > most_elements) {
    throw bad_spec(fmt::format("Load bank {} has {} elements.", spec_.name, spec_.elements.size()),
                   fmt::format("Give it 1 to {}.", most_elements));
  }
  if (spec_.renew_within > Duration::zero() &&
      !(board_.timed_on_restarts() && spec_.renew_within <= board_.longest_timed_on())) {
    throw bad_spec(
        fmt::format("{} cannot hold load elements by timed ons that are renewed.", board_.name()),
        "Switch them plainly, or use a board with timed pulses.");
  }
  std::vector<int> relays;
  for (const LoadElement& element : spec_.elements) {
    const bool sound = element.resistance_Ohm > 0 && std::isfinite(element.resistance_Ohm) &&
                       element.rating_W > 0 && element.duty > 0 && element.duty <= 1 &&
                       element.duty_period > Duration::zero() && element.contactor_A >= 0;
    if (!sound) {
      throw bad_spec(fmt::format("Load element {} has a value that cannot be.", element.name),
                     "Check its resistance, rating, duty (above 0, at most 100 %) and period.");
    }
    if (element.relay < 1 || element.relay > board_.relays()) {
      throw bad_spec(fmt::format("Load element {} is on relay {}, which {} does not have.",
                                 element.name, element.relay, board_.name()),
                     fmt::format("The board has {} relays.", board_.relays()));
    }
    if (std::ranges::find(relays, element.relay) != relays.end()) {
      throw bad_spec(
          fmt::format("Relay {} of {} switches two load elements.", element.relay, board_.name()),
          "Give every element a relay of its own.");
    }
    relays.push_back(element.relay);
    if (element.contactor_A <= 0 && !board_.mains_rated()) {
      throw bad_spec(fmt::format("The relays of {} may not switch mains, and load element {} names "
                                 "no contactor.",
                                 board_.name(), element.name),
                     "Use a mains-rated board, or a contactor and state its rating.");
    }
  }
}

double RelayLoadBank::contact_A(const LoadElement& element) const {
  return element.contactor_A > 0 ? element.contactor_A : board_.contact_rating_A();
}

RelayLoadBank::Judged RelayLoadBank::judge(const std::vector<int>& elements, double volts,
                                           Instant now) const {
  Judged judged;
  judged.setting.elements = elements;
  judged.setting.at_V = volts;
  const auto against = [&](Limit limit, int element) {
    if (judged.limit == Limit::none) {
      judged.limit = limit;
      judged.element = element;
    }
  };
  LoadSetting& setting = judged.setting;
  for (const int index : elements) {
    const auto at = static_cast<std::size_t>(index);
    const LoadElement& element = spec_.elements[at];
    const double watts = power_at(element, volts);
    setting.nominal_W += watts;
    setting.nominal_A += volts / element.resistance_Ohm;
    if (watts > element.rating_W) against(Limit::element, index);
    if (volts / element.resistance_Ohm > contact_A(element)) against(Limit::contact, index);
    const Duration left = duties_[at].left(now);
    setting.may_stay = std::min(setting.may_stay, left);
    if (left < spec_.least_stay) against(Limit::duty, index);
  }
  if (setting.nominal_A > spec_.wiring_rating_A) against(Limit::wiring, 0);
  return judged;
}

Fault RelayLoadBank::refusal(const Judged& judged, double volts) const {
  const LoadElement& element = spec_.elements[static_cast<std::size_t>(judged.element)];
  const double watts = power_at(element, volts);
  const std::string lower = "Choose a smaller load point or another load bank.";
  switch (judged.limit) {
    case Limit::element:
      return {"load.rating", Blame::config,
              fmt::format("Load element {} would take {:.0f} W and may take {:.0f} W.",
                          element.name, watts, element.rating_W),
              lower};
    case Limit::contact:
      return {"load.rating", Blame::config,
              fmt::format("Load element {} would draw {:.2f} A and its contact carries {:.2f} A.",
                          element.name, watts / volts, contact_A(element)),
              lower};
    case Limit::wiring:
      return {
          "load.rating", Blame::config,
          fmt::format("{:.0f} W would draw {:.2f} A and the wiring carries {:.2f} A.",
                      judged.setting.nominal_W, judged.setting.nominal_A, spec_.wiring_rating_A),
          lower};
    default:
      return {"load.duty", Blame::config,
              fmt::format("Load element {} has been on as long as it may: {:.0f} % of {:.0f} s.",
                          element.name, 100 * element.duty,
                          std::chrono::duration<double>(element.duty_period).count()),
              "Let it cool, or put fewer load points behind each other."};
  }
}

LoadSetting RelayLoadBank::choose(double watts, double volts) const {
  if (!(watts >= 0) || !(volts > 0) || !std::isfinite(watts) || !std::isfinite(volts)) {
    throw bad_spec(fmt::format("{} W at {} V is no load point.", watts, volts),
                   "Give a power of 0 or more at a voltage above 0.");
  }
  if (watts == 0) {
    LoadSetting none;
    none.at_V = volts;
    return none;
  }
  const Instant now = clock_.now();
  const auto error = [&](const Judged& judged) {
    return std::abs(judged.setting.nominal_W - watts);
  };
  std::optional<Judged> best;     // within all ratings
  std::optional<Judged> refused;  // nearest of those beyond one
  const std::lock_guard lock(mutex_);
  for (std::uint32_t combination = 1; combination >> spec_.elements.size() == 0; ++combination) {
    Judged judged = judge(elements_of(combination), volts, now);
    std::optional<Judged>& rival = judged.limit == Limit::none ? best : refused;
    if (!rival || error(judged) < error(*rival)) rival = std::move(judged);
  }
  if (best && error(*best) <= point_tolerance * watts) return best->setting;
  if (refused && error(*refused) <= point_tolerance * watts) throw refusal(*refused, volts);
  const double nearest = best ? best->setting.nominal_W : 0;
  throw Fault("load.no_combination", Blame::config,
              fmt::format("No combination of {} comes near {:.0f} W at {:.0f} V; the nearest is "
                          "{:.0f} W.",
                          spec_.name, watts, volts, nearest),
              "Choose a load point that the bank can make, or add an element.");
}

void RelayLoadBank::apply(const LoadSetting& setting, const Deadline& deadline) {
  std::uint64_t offs = 0;
  std::vector<bool> leaving;
  {
    const Instant now = clock_.now();
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < setting.elements.size(); ++i) {
      const int element = setting.elements[i];
      const bool known = element >= 0 && std::cmp_less(element, spec_.elements.size());
      if (!known || std::ranges::count(setting.elements, element) != 1) {
        throw bad_spec(fmt::format("Load bank {} has no such setting.", spec_.name),
                       "Choose the setting from this bank.");
      }
    }
    if (!setting.elements.empty()) {
      if (!(setting.at_V > 0)) {
        throw bad_spec("A load setting without a voltage.", "Choose the setting from the bank.");
      }
      // Time has passed since the choice.
      const Judged judged = judge(setting.elements, setting.at_V, now);
      if (judged.limit != Limit::none) throw refusal(judged, setting.at_V);
    }
    offs = offs_;
    leaving = maybe_on_;
  }
  for (const int element : setting.elements) leaving[static_cast<std::size_t>(element)] = false;
  try {
    for (std::size_t i = 0; i < leaving.size(); ++i) {
      if (leaving[i]) switch_off(i, deadline);
    }
    for (const int element : setting.elements) {
      switch_on(static_cast<std::size_t>(element), offs, deadline);
    }
  } catch (...) {
    const auto reason = std::current_exception();
    try {
      off(deadline);
    } catch (const Fault&) {
      // The reason for switching off tells more; whoever handles it switches off again.
    }
    std::rethrow_exception(reason);
  }
}

bool RelayLoadBank::is_overtaken(std::uint64_t offs, std::size_t element) {
  const std::lock_guard lock(mutex_);
  if (offs_ == offs) return false;
  // The off may have come before this element's on: whatever it noted down is old.
  maybe_on_[element] = true;
  return true;
}

void RelayLoadBank::switch_on(std::size_t element, std::uint64_t offs, const Deadline& deadline) {
  const LoadElement& spec = spec_.elements[element];
  const Duration pulse = spec_.renew_within;
  const Instant now = clock_.now();
  std::optional<Duration> time;
  {
    const std::lock_guard lock(mutex_);
    const Duration left = duties_[element].left(now);
    // The board's own timer keeps the duty even when nobody else does.
    const bool timed = left <= board_.longest_timed_on();
    if (timed) time = left - timer_rounding;
    if (pulse > Duration::zero()) {
      if (!time || *time > pulse) ends_[element] = now + pulse;
      time = std::min(pulse, time.value_or(pulse));
    }
    duties_[element].switched_on(now, timed ? now + left : Instant::max());
    maybe_on_[element] = true;
  }
  try {
    if (time) {
      board_.timed_on(spec.relay, *time, deadline);
    } else {
      board_.set(spec.relay, true, deadline);
    }
  } catch (...) {
    is_overtaken(offs, element);
    throw;
  }
  if (!is_overtaken(offs, element)) return;
  throw Fault(
      "load.overtaken", Blame::software,
      fmt::format("Load bank {} was switched off while it was being switched on.", spec_.name),
      "Ask for the load again once the reason for switching off is over.");
}

void RelayLoadBank::switch_off(std::size_t element, const Deadline& deadline) {
  {
    const std::lock_guard lock(mutex_);
    ends_[element].reset();
  }
  board_.set(spec_.elements[element].relay, false, deadline);
  const Instant now = clock_.now();
  const std::lock_guard lock(mutex_);
  duties_[element].switched_off(now);
  maybe_on_[element] = false;
}

void RelayLoadBank::off(const Deadline& deadline) {
  std::vector<bool> on;
  {
    const std::lock_guard lock(mutex_);
    ++offs_;
    on = maybe_on_;
    // First, so that no renewal comes behind the off.
    ends_.assign(ends_.size(), std::nullopt);
  }
  std::optional<Fault> first;
  for (std::size_t i = 0; i < on.size(); ++i) {
    if (!on[i]) continue;
    try {
      switch_off(i, deadline);
    } catch (const Fault& fault) {  // the others must still be switched off
      if (!first) first = fault;
    }
  }
  if (first) throw Fault(*first);
}

double RelayLoadBank::rating_A() const {
  double sum = 0;
  for (const LoadElement& element : spec_.elements) {
    sum += std::min(contact_A(element), std::sqrt(element.rating_W / element.resistance_Ohm));
  }
  return std::min(sum, spec_.wiring_rating_A);
}

std::optional<Instant> RelayLoadBank::off_due() const {
  const Instant now = clock_.now();
  std::optional<Instant> due;
  const std::lock_guard lock(mutex_);
  for (const DutyMeter& duty : duties_) {
    if (!duty.is_on(now)) continue;
    const Duration left = duty.left(now);
    if (left == Duration::max()) continue;
    due = std::min(due.value_or(Instant::max()), now + left);
  }
  return due;
}

std::optional<Instant> RelayLoadBank::ends() const {
  std::optional<Instant> first;
  const std::lock_guard lock(mutex_);
  for (const auto& end : ends_) {
    if (end) first = std::min(first.value_or(Instant::max()), *end);
  }
  return first;
}

void RelayLoadBank::renew(const Deadline& deadline) {
  std::optional<Fault> first;
  for (std::size_t i = 0; i < spec_.elements.size(); ++i) {
    try {
      renew(i, deadline);
    } catch (const Fault& fault) {  // the others must still be renewed
      if (!first) first = fault;
    }
  }
  if (first) throw Fault(*first);
}

void RelayLoadBank::renew(std::size_t element, const Deadline& deadline) {
  const LoadElement& spec = spec_.elements[element];
  const Instant asked = clock_.now();
  Instant end{};
  Duration time{};
  std::uint64_t offs = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!ends_[element]) return;
    end = *ends_[element];
    offs = offs_;
    const Duration left = duties_[element].left(asked);
    time = spec_.renew_within;
    if (left <= board_.longest_timed_on()) time = std::min(time, left - timer_rounding);
    // The last stretch ends with what the board counts now.
    if (time <= Duration::zero()) ends_[element].reset();
  }
  if (asked >= end) {
    throw Fault("relay.lapsed", Blame::host,
                fmt::format("Load element {} was not renewed in time and has gone off.", spec.name),
                "Find out what held this computer up; start the unit again.");
  }
  if (time <= Duration::zero()) return;
  board_.renew(spec.relay, time, deadline.no_later_than(end));
  const std::lock_guard lock(mutex_);
  if (offs_ != offs || !ends_[element]) return;
  ends_[element].reset();
  if (time == spec_.renew_within) ends_[element] = asked + time;
}

std::vector<MainsSwitch*> RelayLoadBank::timed_relays() {
  std::vector<MainsSwitch*> relays;
  for (const auto& relay : timed_relays_) relays.push_back(relay.get());
  return relays;
}

}  // namespace plugrig::load
