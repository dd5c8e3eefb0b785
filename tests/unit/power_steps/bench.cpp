#include "tests/unit/power_steps/bench.hpp"

#include <algorithm>

#include "rig/core/fault.hpp"

namespace plugrig::fake {
namespace {

using std::chrono::milliseconds;

/// The curve of the mains is kept in cells of this width.
constexpr double kCell_s = 0.1;

double round_to(double value, double step) { return std::round(value / step) * step; }

/// reading = floor(ratio·constant/length), length = floor(ratio·true constant/(value in steps)).
double shown(double value, double grid, double pulse_ratio, double true_constant,
             double shown_ratio, int constant) {
  if (value <= grid) return 0;
  const double length = std::floor(pulse_ratio * true_constant / (value / grid));
  if (length < 1) return 0;
  return std::floor(shown_ratio * constant / length) * grid;
}

}  // namespace

double seconds_of(Instant at) {
  return std::chrono::duration<double>(at.time_since_epoch()).count();
}

Mains::Mains(double nominal_V, double wander, unsigned seed)
    : nominal_V_(nominal_V), wander_(wander), chance_(seed) {}

double Mains::at(std::size_t cell) {
  constexpr double memory = 0.97;
  std::normal_distribution<double> noise(0, std::sqrt(1 - memory * memory));
  while (cells_.size() <= cell)
    cells_.push_back((cells_.empty() ? 0 : memory * cells_.back()) + noise(chance_));
  const bool loaded =
      std::fmod(static_cast<double>(cell) * kCell_s, 2 * step_every_s) >= step_every_s;
  return nominal_V_ * (1 + wander_ * cells_[cell] - (loaded ? step : 0));
}

double Mains::mean_V(double from_s, double to_s) {
  const auto first = static_cast<std::size_t>(std::max(0.0, from_s) / kCell_s);
  const auto last = std::max(first, static_cast<std::size_t>(std::max(0.0, to_s - 1e-9) / kCell_s));
  double sum = 0;
  for (auto cell = first; cell <= last; ++cell) sum += at(cell);
  return sum / static_cast<double>(last - first + 1);
}

double Circuit::load_ohm(double t_s) const {
  return 230.0 * 230.0 / (load_W * (1 + load_drift_per_s * t_s));
}

double Circuit::load_power(double from_s, double to_s) {
  const double volts = mains.mean_V(from_s, to_s);
  return live && relay && load_W > 0 && to_s < load_fails_at_s ? volts * volts / load_ohm(to_s) : 0;
}

double Circuit::load_current(double from_s, double to_s) {
  return live && relay && load_W > 0 && to_s < load_fails_at_s
             ? mains.mean_V(from_s, to_s) / load_ohm(to_s)
             : 0;
}

nlohmann::json Plug::command(std::string_view name, std::string_view argument,
                             const Deadline& deadline) {
  clock_.sleep_for(milliseconds{40}, deadline);
  if (!circuit_.live)
    throw Fault("plug.silent", Blame::contact, "The plug does not answer.", "Look at it.");
  if (name == "Status") return status();
  if (!argument.empty()) commands.emplace_back(name);
  if (name == "Power") {
    circuit_.relay = argument == "ON";
    return {{"POWER", std::string(argument)}};
  }
  const auto found = settings.find(name);
  if (found == settings.end())
    throw Fault("plug.unknown_command", Blame::unit, "Unknown command.", "Look at the firmware.");
  const bool is_cal = name.ends_with("Cal");
  if (!argument.empty() && !(is_cal && ignores_cal)) {
    if (clock_.now() - changed_ >= std::chrono::seconds{1}) saved_ = settings;
    found->second = std::stoi(std::string(argument), nullptr, 0);
    changed_ = clock_.now();
  }
  return {{std::string(name), found->second}};
}

void Plug::power_lost() {
  if (clock_.now() - changed_ >= std::chrono::seconds{1}) saved_ = settings;
  if (loses_constants) {
    saved_["VoltageCal"] = 1950;
    saved_["CurrentCal"] = 3500;
    saved_["PowerCal"] = 12530;
  }
  settings = saved_;
}

/// What the power shown is of the power now, after a change of load.
double Plug::lag(double t_s) {
  if (circuit_.load_W != newest_W_) {
    before_W_ = newest_W_;
    newest_W_ = circuit_.load_W;
    changed_s_ = t_s;
  }
  return t_s < changed_s_ + lag_s && newest_W_ > 0 ? before_W_ / newest_W_ : 1;
}

nlohmann::json Plug::status() {
  double t = seconds_of(clock_.now());
  if (renewal_s > 0) t = std::floor(t / renewal_s) * renewal_s;
  const double tick = std::floor(t / 0.2) * 0.2;
  const double cycle = std::floor(t / 1.6) * 1.6;
  std::normal_distribution<double> jitter(0, 1);
  const double off = 1 + drift_per_s * t + noise * jitter(chance_);
  const double hlw = declared_hlw8012 ? 1 : 0;
  double volts = circuit_.relay ? circuit_.mains.mean_V(cycle - 0.2, cycle) : 0;
  double amperes = circuit_.load_current(cycle + 0.6 - 1.6, cycle + 0.8 - 1.6);
  const double watts = circuit_.load_power(tick - 0.2, tick) * off * lag(t);
  if (swapped_sel) {
    const double current_as_volts = amperes * 14;
    amperes = amperes > 0 ? 16.6 : 0;
    volts = current_as_volts;
  }
  const double wrong_P = hlw > 0 ? 10000 : 1362;
  const double wrong_U = hlw > 0 ? 2200 : 822;
  const double wrong_I = hlw > 0 ? 4545 : 3300;
  double power = shown(watts, 0.1, 1362, true_power, wrong_P, settings["PowerCal"]);
  if (spike_every > 0 && ++readings_ % spike_every == 0) power *= 1.2;
  const nlohmann::json energy{
      {"Power", power},
      {"Voltage", shown(volts, 0.1, 822, true_voltage, wrong_U, settings["VoltageCal"])},
      {"Current", shown(amperes, 0.001, 3300, true_current, wrong_I, settings["CurrentCal"])}};
  return {{"StatusSNS", {{"Time", "1970-01-01T00:00:00"}, {"ENERGY", energy}}}};
}

FoundPlug Network::find(const PlugClues& clues, const std::string& /*web_password*/,
                        const Deadline& deadline) {
  ++finds;
  if (clues.mac != plug_.mac)
    throw Fault("plug.wrong_mac", Blame::fixture, "Another plug answered.", "Swap them.");
  plug_.command("Status", "10", deadline);
  return found_;
}

Meter::Meter(Clock& clock, Circuit& circuit, std::string name) : clock_(clock), circuit_(circuit) {
  meter_info.name = std::move(name);
  meter_info.model = "Wattmeter";
  meter_info.serial = "4711";
  meter_info.refresh = milliseconds{250};
  meter_info.voltage = {.reading_fraction = 1e-3, .range_fraction = 5e-4};
  meter_info.current = {.reading_fraction = 1e-3, .range_fraction = 5e-4};
  meter_info.power = {.reading_fraction = 1e-3, .range_fraction = 5e-4};
  meter_info.voltage_resolution_V = 0.01;
  meter_info.current_resolution_A = 1e-4;
  meter_info.power_resolution_W = 0.01;
  InstrumentCertificate certificate;
  certificate.number = "C-1";
  certificate.calibrated = "2025-06-01";
  certificate.due = "2026-06-01";
  certificate.power_U = certificate.voltage_U = certificate.current_U = 5e-4;
  meter_info.certificate = certificate;
}

namespace {

Fault no_lease(const std::string& what) {
  return {"safety.no_lease", Blame::software, what + " outside the step's turn.", "Report this."};
}

}  // namespace

PowerReading Meter::read(const Deadline& deadline) {
  if (!shows_slot()) throw no_lease("The reference was read");
  clock_.sleep_for(milliseconds{15}, deadline);
  if (is_late(++reads)) clock_.sleep_for(milliseconds{2500}, deadline);
  if (clock_.now() >= dies_at)
    throw Fault("meter.silent", Blame::instrument, "The meter does not answer.", "Look at it.");
  const auto refresh = meter_info.refresh;
  const auto now = std::min(clock_.now(), freezes_at);
  const auto end = now - now.time_since_epoch() % refresh;
  const double to = seconds_of(end);
  const double from = to - std::chrono::duration<double>(refresh).count();
  const bool sees_mains = circuit_.live && (!downstream || circuit_.relay);
  const double volts = sees_mains ? circuit_.mains.mean_V(from, to) : 0;
  const double own_W = sees_mains && !downstream ? circuit_.own_W : 0;
  const double active = circuit_.load_current(from, to) + (volts > 0 ? own_W / volts : 0);
  const double reactive = own_W > 0 ? circuit_.own_reactive_A : 0;
  PowerReading reading;
  reading.at = end - refresh / 2;
  reading.half_width = milliseconds{20};
  reading.voltage_V = round_to(volts * (1 + voltage_error), meter_info.voltage_resolution_V);
  reading.current_A =
      round_to(std::hypot(active, reactive) * (1 + current_error), meter_info.current_resolution_A);
  reading.power_W = round_to((circuit_.load_power(from, to) + own_W) * (1 + power_error),
                             meter_info.power_resolution_W);
  return reading;
}

MeterRange Meter::range_at(double /*voltage_V*/, double current_A) const {
  for (const double range : {0.5, 1.0, 2.0, 5.0, 10.0})
    if (current_A <= range) return {300, range};
  return {300, 20};
}

void Gate::energise(const Deadline& deadline) {
  if (circuit_.live) return;
  clock_.sleep_for(milliseconds{100}, deadline);
  circuit_.live = true;
  clock_.sleep_for(std::chrono::seconds{4}, deadline);  // the plug boots and joins
}

class GateLease final : public ReferenceLease {
 public:
  GateLease(Gate& gate, std::string purpose)
      : gate_(gate), turn_{std::move(purpose), {}, {}, {}}, since_(gate.clock_.now()) {
    ++gate_.leases_;
  }
  ~GateLease() override {
    if (--gate_.leases_ == 0) gate_.circuit_.load_W = 0;
    turn_.held = gate_.clock_.now() - since_;
    gate_.turns.push_back(turn_);
  }
  GateLease(const GateLease&) = delete;
  GateLease& operator=(const GateLease&) = delete;
  void settled(Duration spent) override { turn_.settling += spent; }
  void sampled(Duration spent) override { turn_.sampling += spent; }

 private:
  Gate& gate_;
  Gate::Turn turn_;
  Instant since_;
};

std::unique_ptr<ReferenceLease> Gate::lease_reference(const std::string& purpose,
                                                      const Deadline& /*deadline*/) {
  on_lease();
  return std::make_unique<GateLease>(*this, purpose);
}

LoadSetting Gate::load(double watts, const Deadline& deadline) {
  if (leases_ == 0) throw no_lease("A load was asked for");
  clock_.sleep_for(milliseconds{50}, deadline);
  loads.push_back(watts);
  const bool offered =
      loads_on_offer.empty() || watts == 0 ||
      std::find(loads_on_offer.begin(), loads_on_offer.end(), watts) != loads_on_offer.end();
  if (!offered)
    throw Fault("load.no_combination", Blame::config, "No combination.", "Use another point.");
  if (!(load_relay_sticks && watts == 0)) circuit_.load_W = load_is_dead ? 0 : watts * 1.02;
  return {{0}, watts, watts / 230, 230};
}

void Gate::de_energise(const Deadline& deadline) {
  clock_.sleep_for(milliseconds{100}, deadline);
  circuit_.load_W = 0;
  circuit_.live = false;
  plug_.power_lost();
}

}  // namespace plugrig::fake
