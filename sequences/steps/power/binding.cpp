#include "sequences/steps/power/binding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>

#include "sequences/steps/power/binding_by_eye.hpp"
#include "sequences/steps/power/plug_metering.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::milliseconds;

/// A reference downstream of the plug's relay sees no more than this while the relay is off.
constexpr double kNoVoltage_V = 10;
/// Mains stays within 10 % of its nominal voltage (EN 50160). A meter that reads twice as far off
/// is wrong itself, and nothing that it says may count against a plug.
constexpr double kMainsStrays = 0.2;

/// The pattern as one meter saw it.
struct Seen {
  std::string meter;
  std::vector<double> power_W;
  std::vector<double> voltage_V;
};

double power_of(const PowerReading& reading, double nominal_V, const std::string& meter) {
  if (reading.power_W) return *reading.power_W;
  if (reading.current_A) return *reading.current_A * nominal_V;
  throw Fault("meter.no_power", Blame::instrument,
              fmt::format("Meter {} gives neither power nor current.", meter),
              "Use a reference meter that measures power.");
}

void check_voltage(const PowerReading& reading, double nominal_V, const std::string& meter) {
  const double volts = reading.voltage_V.value_or(0);
  if (volts <= kNoVoltage_V || std::abs(volts / nominal_V - 1) <= kMainsStrays) return;
  throw Fault("meter.implausible", Blame::instrument,
              fmt::format("Meter {} reads {:.0f} V on mains of {:g} V.", meter, volts, nominal_V),
              "Compare it with a second meter; look at its range and transformer ratio.");
}

/// Voltage, current and power of a window in which mains came or went do not fit each other: of a
/// neighbour's meter that is to be expected, and it is read again.
std::optional<PowerReading> try_read(PowerMeter& meter, bool own, const Deadline& deadline) {
  try {
    return meter.read(deadline);
  } catch (const Fault& fault) {
    if (own || fault.id() != "meter.implausible") throw;
    return std::nullopt;
  }
}

/// A reading whose window began after `since`.
PowerReading fresh_reading(StepContext& context, PowerMeter& meter, bool own, Instant since,
                           const Deadline& deadline) {
  constexpr int tries = 5;
  for (int i = 0; i < tries; ++i) {
    const auto reading = try_read(meter, own, deadline);
    if (reading && reading->at - reading->half_width >= since) return *reading;
    context.clock().sleep_for(std::max<Duration>(meter.info().refresh, milliseconds{100}),
                              deadline);
  }
  throw Fault("meter.stale", Blame::instrument,
              fmt::format("Meter {} gives no new reading.", meter.info().name),
              "Look at the meter's display and its bus; then run the unit again.");
}

/// Every reading with the relay on lies this share of the load above every one with it off.
bool follows(const Seen& seen, const std::vector<bool>& pattern, double least_W) {
  double lowest_on = 1e9;
  double highest_off = -1e9;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i])
      lowest_on = std::min(lowest_on, seen.power_W[i]);
    else
      highest_off = std::max(highest_off, seen.power_W[i]);
  }
  return lowest_on - highest_off >= least_W;
}

std::vector<Evidence> evidence_of(const std::vector<Seen>& all, const std::vector<bool>& pattern) {
  std::vector<Evidence> evidence;
  std::string states;
  for (const bool on : pattern) states += on ? "on " : "off ";
  evidence.push_back({"pattern", states});
  for (const auto& seen : all) {
    std::string text;
    for (const double watts : seen.power_W) text += fmt::format("{:.1f} W ", watts);
    evidence.push_back({seen.meter, text});
  }
  return evidence;
}

Duration settling_time(const std::vector<PowerMeter*>& meters) {
  Duration refresh = milliseconds{100};
  for (const auto* meter : meters) refresh = std::max(refresh, meter->info().refresh);
  return refresh * 2 + milliseconds{300};
}

std::vector<Seen> play(StepContext& context, const std::vector<PowerMeter*>& meters,
                       const std::vector<bool>& pattern, const Deadline& deadline) {
  const auto settle = settling_time(meters);
  const double nominal_V = context.mains().nominal_V();
  std::vector<Seen> all;
  all.reserve(meters.size());
  for (const auto* meter : meters) all.push_back({meter->info().name, {}, {}});
  for (const bool on : pattern) {
    switch_relay(context, on, deadline);
    const auto switched = context.clock().now();
    context.clock().sleep_for(settle, deadline);
    for (std::size_t m = 0; m < meters.size(); ++m) {
      const auto reading = fresh_reading(context, *meters[m], m == 0, switched, deadline);
      all[m].power_W.push_back(power_of(reading, nominal_V, all[m].meter));
      // Another slot's mains may come or go within a reading of its meter: that is no fault of it.
      if (m == 0) check_voltage(reading, nominal_V, all[m].meter);
      if (reading.voltage_V) all[m].voltage_V.push_back(*reading.voltage_V);
    }
  }
  return all;
}

void note_place(StepContext& context, const Seen& own, const std::vector<bool>& pattern) {
  if (own.voltage_V.size() != pattern.size()) return;
  bool dead = true;
  for (std::size_t i = 0; i < pattern.size(); ++i)
    if (!pattern[i] && own.voltage_V[i] > kNoVoltage_V) dead = false;
  context.fact(kReferencePlaceFact, dead ? "downstream" : "upstream");
}

/// The pattern as all meters saw it, the slot's own first.
struct Played {
  std::vector<bool> pattern;
  std::vector<Seen> all;
  bool here = false;
  const Seen* elsewhere = nullptr;  ///< another meter that followed it
};

void look_where(Played& played, double load_W) {
  played.here = follows(played.all.front(), played.pattern, load_W / 2);
  for (std::size_t m = 1; m < played.all.size(); ++m)
    if (follows(played.all[m], played.pattern, load_W / 4)) played.elsewhere = &played.all[m];
}

void judge(StepContext& context, const Played& played) {
  const auto& [pattern, all, here, elsewhere] = played;
  if (here && elsewhere == nullptr) return;
  const auto where = elsewhere == nullptr
                         ? fmt::format("in no meter: {} did not follow it", all.front().meter)
                         : fmt::format("in meter {}{}", elsewhere->meter,
                                       here ? " as well as in " + all.front().meter : "");
  throw Fault("plug.binding", Blame::fixture,
              fmt::format("The plug that answers for slot {} was switched in a pattern, and the "
                          "pattern shows {}.",
                          context.slot(), where),
              elsewhere == nullptr
                  ? "See that the plug sits in its socket and switches; the plug that answers may "
                    "sit in another slot."
                  : "Swap the plugs: the one that answers for this slot sits in another one.",
              evidence_of(all, pattern));
}

Fault too_slow(StepContext& context, Duration limit) {
  return {"plug.binding", Blame::fixture,
          fmt::format("The plug's relay pattern was not seen to its end within {:.0f} s in slot "
                      "{}.",
                      std::chrono::duration<double>(limit).count(), context.slot()),
          "Look why plug or meters answer so slowly, or allow more time."};
}

}  // namespace

std::string binding_seed(const StepContext& context) {
  const auto mac = context.facts().find("mac");
  const auto& name = mac == context.facts().end() ? context.record().unit_id : mac->second;
  return fmt::format("{} {}", name, context.record().attempts.size());
}

std::vector<bool> binding_pattern(const std::string& seed, int number) {
  const std::string text = number > 1 ? fmt::format("{} {}", seed, number) : seed;
  std::seed_seq bytes(text.begin(), text.end());
  std::mt19937_64 chance(bytes);
  std::vector<bool> pattern{true, true, true, true, false, false, false, false};
  for (std::size_t i = pattern.size() - 1; i > 0; --i) {
    const auto j = static_cast<std::size_t>(chance() % (i + 1));
    const bool kept = pattern[i];
    pattern[i] = pattern[j];
    pattern[j] = kept;
  }
  return pattern;
}

LoadSetting first_load(MainsAccess& mains, const std::vector<double>& loads_W,
                       const Deadline& deadline) {
  for (const double watts : loads_W) {
    try {
      return mains.load(watts, deadline);
    } catch (const Fault& fault) {
      if (fault.id() != "load.no_combination" && fault.id() != "load.rating") throw;
    }
  }
  throw Fault("plug.binding_load", Blame::config,
              "The bench has no load by which a plug could be told from its neighbours.",
              "Add a load between 40 W and 2 kW to the bench's load bank.");
}

void show_binding(StepContext& context, Duration limit, const std::vector<double>& loads_W) {
  if (context.mains().reference().by_hand()) return show_binding_by_eye(context, loads_W);
  context.fact(kBindingFact, "not shown");
  auto& mains = context.mains();
  const auto asked = context.clock().now();
  mains.energise(context.deadline().no_later_than(asked + limit));
  const auto left = limit - (context.clock().now() - asked);
  // What it waits for other slots does not count.
  const auto lease = take_reference(context, "binding");
  const auto began = context.clock().now();
  const auto end = began + left;
  const auto deadline = context.deadline().no_later_than(end);
  const auto load = first_load(mains, loads_W, deadline);
  std::vector<PowerMeter*> meters{&mains.reference()};
  for (auto* other : mains.other_references()) meters.push_back(other);
  Played played;
  for (int number = 1; number <= kBindingPatterns; ++number) {
    played = {.pattern = binding_pattern(binding_seed(context), number), .all = {}};
    try {
      played.all = play(context, meters, played.pattern, deadline);
    } catch (const Fault&) {
      if (context.clock().now() < end) throw;
      throw too_slow(context, limit);
    }
    if (context.clock().now() >= end) throw too_slow(context, limit);
    look_where(played, load.nominal_W);
    if (!played.here || played.elsewhere == nullptr) break;
  }
  lease->sampled(context.clock().now() - began);
  judge(context, played);
  note_place(context, played.all.front(), played.pattern);
  put_load_off(context, context.deadline());
  switch_relay(context, true, context.deadline());
  context.fact(kBindingFact, "shown");
}

}  // namespace plugrig::steps
