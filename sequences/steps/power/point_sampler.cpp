#include "sequences/steps/power/point_sampler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace plugrig::steps {
namespace {

using metrology::PairedSample;
using metrology::Timed;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Where the middle of what the plug shows lies before the moment it is asked, and how sure that
/// is. Power is renewed every 0.2 s from a window of 0.2 s; voltage and current once a cycle of
/// 1.6 s from its last 0.2 s (Tasmota notes §12).
struct PlugWindow {
  double age_s, half_width_s;
};
constexpr PlugWindow kPowerWindow{0.2, 0.1};
constexpr PlugWindow kChannelWindow{0.9, 0.8};

/// A reading that repeats within the plug's worst-case cycle is the same reading.
constexpr Duration kSlowestRenewal = milliseconds{3200};
/// Repeats in a row that a living plug cannot give while a load is on.
constexpr int kMostRepeats = 20;
constexpr double kLongestGap_s = 2;
constexpr Duration kFollow = seconds{2};
constexpr int kReadsAnInterval = 3;
/// Mains that move by more, as a fraction, within a sample do it because a load was switched: 1 kW
/// behind 0.15 Ω makes 0.28 %. A grid's own wandering seldom does in so short a time, and a sample
/// too many that is passed over costs one more.
constexpr double kMainsStep = 0.0025;

/// A load within 15 % of its point, at mains 15 % off, and a multimeter: what a person reads
/// further away is a digit lost or a range mistaken.
constexpr double kFitsLoad = 0.5;
constexpr int kMostSlips = 3;

const PlugWindow& window_of(Quantity quantity) {
  return quantity == Quantity::power ? kPowerWindow : kChannelWindow;
}

double seconds_of(Duration duration) { return std::chrono::duration<double>(duration).count(); }
double seconds_of(Instant instant) { return seconds_of(instant.time_since_epoch()); }

const std::optional<double>& raw_of(const PowerReading& reading, Quantity quantity) {
  switch (quantity) {
    case Quantity::voltage:
      return reading.voltage_V;
    case Quantity::current:
      return reading.current_A;
    case Quantity::power:
      break;
  }
  return reading.power_W;
}

Fault out_of_time() {
  return {"step.timeout", Blame::config, "The step's time was over before the samples were taken.",
          "Give the step a longer 'timeout', or fewer load points."};
}

std::size_t index_of(Quantity quantity) { return static_cast<std::size_t>(quantity); }

}  // namespace

double value_of(const PlugReading& reading, Quantity quantity) {
  switch (quantity) {
    case Quantity::voltage:
      return reading.voltage_V;
    case Quantity::current:
      return reading.current_A;
    case Quantity::power:
      break;
  }
  return reading.power_W;
}

PointSampler::PointSampler(StepContext& context, const ReferenceModel& model, Duration interval,
                           double nominal_W, ReferenceLease& lease)
    : context_(context),
      meter_(context.mains().reference()),
      model_(model),
      interval_(std::max(interval, meter_.info().refresh)),
      nominal_W_(nominal_W),
      lease_(lease),
      last_window_(Instant::min()),
      last_new_(context.clock().now()) {}

void PointSampler::settle(Duration duration) {
  const auto began = context_.clock().now();
  if (meter_.by_hand()) {
    context_.clock().sleep_for(duration, context_.deadline());
    return lease_.settled(context_.clock().now() - began);
  }
  const auto follow = std::min(duration, std::max(kFollow, 2 * meter_.info().refresh));
  context_.clock().sleep_for(duration - follow, context_.deadline());
  last_new_ = context_.clock().now();
  follow_reference(follow);
  lease_.settled(context_.clock().now() - began);
}

void PointSampler::take(int count) {
  const auto began = context_.clock().now();
  if (meter_.by_hand()) {
    take_by_hand(count);
  } else {
    take_paired(count);
  }
  lease_.sampled(context_.clock().now() - began);
}

void PointSampler::take_paired(int count) {
  int repeats = 0;
  while (count > 0) {
    if (context_.clock().now() >= context_.deadline().at) throw out_of_time();
    const auto next = context_.clock().now() + interval_;
    read_reference();
    if (read_plug_once()) {
      --count;
      repeats = 0;
    } else if (++repeats > kMostRepeats) {
      throw Fault("power.stale_plug", Blame::unit,
                  fmt::format("The plug has shown the same readings {} times.", repeats),
                  "Run the unit again; set it aside when this repeats.");
    }
    read_reference();
    follow_reference(next - context_.clock().now());
  }
}

void PointSampler::take_by_hand(int count) {
  for (int i = 0; i < count; ++i) {
    const auto before = read_plug(context_, context_.deadline());
    const auto reading = ask_person();
    const auto after = read_plug(context_, context_.deadline());
    reference_half_width_s_ = std::max(reference_half_width_s_, seconds_of(reading.half_width));
    for (const auto quantity : kQuantities)
      if (const auto& raw = raw_of(reading, quantity))
        reference_[index_of(quantity)].push_back({seconds_of(reading.at), *raw});
    plug_.push_back({.at = reading.at,
                     .half_width = after.half_width,
                     .voltage_V = (before.voltage_V + after.voltage_V) / 2,
                     .current_A = (before.current_A + after.current_A) / 2,
                     .power_W = (before.power_W + after.power_W) / 2});
  }
}

PowerReading PointSampler::ask_person() {
  for (int slips = 0;; ++slips) {
    const auto reading = meter_.read(context_.deadline());
    if (fits_load(reading)) return reading;
    const auto what = fmt::format("{:.1f} W were read, and the load is one of {:g} W.",
                                  reading.power_W.value_or(0), nominal_W_);
    if (slips == kMostSlips)
      throw Fault("meter.does_not_fit", Blame::operator_, what,
                  "Look at the meter's range and unit, and whether the load is the one that was "
                  "asked for; then start the unit again.");
    context_.say(what + " Please read again.");
  }
}

bool PointSampler::fits_load(const PowerReading& reading) const {
  if (!reading.power_W || nominal_W_ <= 0) return true;
  return std::abs(*reading.power_W - nominal_W_) <= kFitsLoad * nominal_W_;
}

void PointSampler::follow_reference(Duration duration) {
  if (duration <= Duration{}) return;
  const auto end = context_.clock().now() + duration;
  for (int i = 1; i <= kReadsAnInterval; ++i) {
    const auto due = end - duration + duration * i / kReadsAnInterval;
    context_.clock().sleep_until(context_.deadline().no_later_than(due));
    read_reference();
  }
}

void PointSampler::read_reference() {
  const auto reading = meter_.read(context_.deadline());
  const auto now = context_.clock().now();
  if (reading.at <= last_window_) {
    const auto limit = std::max<Duration>(seconds{3}, 3 * meter_.info().refresh);
    if (now - last_new_ <= limit) return;
    throw Fault("meter.stale", Blame::instrument,
                fmt::format("Meter {} has given no new reading for {:.1f} s.", meter_.info().name,
                            seconds_of(now - last_new_)),
                "Look at the meter's display and its bus; then run the unit again.");
  }
  last_window_ = reading.at;
  last_new_ = now;
  reference_half_width_s_ = seconds_of(reading.half_width);
  const double refresh_s = seconds_of(meter_.info().refresh);
  for (const auto quantity : kQuantities)
    if (const auto& raw = raw_of(reading, quantity))
      metrology::append_fresh(reference_[index_of(quantity)], {seconds_of(reading.at), *raw},
                              refresh_s);
}

bool PointSampler::read_plug_once() {
  const auto reading = read_plug(context_, context_.deadline());
  if (!plug_.empty()) {
    const auto& last = plug_.back();
    const bool same = std::all_of(kQuantities.begin(), kQuantities.end(), [&](Quantity quantity) {
      return value_of(reading, quantity) == value_of(last, quantity);
    });
    if (same && reading.at - last.at < kSlowestRenewal) return false;
  }
  plug_.push_back(reading);
  return true;
}

double PointSampler::mean_load_A() const {
  const double volts = mean_reference(Quantity::voltage);
  if (volts > 0 && measures(Quantity::power)) {
    return std::max(0.0, mean_reference(Quantity::power) - model_.tare().power_W) / volts;
  }
  return mean_reference(Quantity::current);
}

std::vector<PairedSample> PointSampler::pairs(Quantity quantity) const {
  const double load_A = mean_load_A();
  const auto& stream = reference_[index_of(quantity)];
  const double gap = std::max(kLongestGap_s, 3 * seconds_of(meter_.info().refresh));
  std::vector<PairedSample> result;
  if (meter_.by_hand()) {
    for (std::size_t i = 0; i < std::min(stream.size(), plug_.size()); ++i)
      result.push_back({stream[i].t_s, value_of(plug_[i], quantity),
                        model_.at_load(quantity, stream[i].value, load_A)});
    return result;
  }
  for (const auto& reading : plug_) {
    const double t = seconds_of(reading.at) - window_of(quantity).age_s;
    if (const auto raw = metrology::interpolated(stream, t, gap))
      result.push_back({t, value_of(reading, quantity), model_.at_load(quantity, *raw, load_A)});
  }
  return result;
}

Unpaired PointSampler::unpaired() const {
  std::size_t fewest = plug_.size();
  for (const auto quantity : kQuantities)
    if (measures(quantity)) fewest = std::min(fewest, pairs(quantity).size());
  return {static_cast<int>(plug_.size() - fewest), taken()};
}

bool PointSampler::measures(Quantity quantity) const {
  return !reference_[index_of(quantity)].empty();
}

double PointSampler::mean_reference(Quantity quantity) const {
  const auto& stream = reference_[index_of(quantity)];
  if (stream.empty()) return 0;
  double sum = 0;
  for (const auto& each : stream) sum += each.value;
  return sum / static_cast<double>(stream.size());
}

std::vector<double> PointSampler::reference_readings(Quantity quantity) const {
  std::vector<double> values;
  values.reserve(reference_[index_of(quantity)].size());
  for (const auto& each : reference_[index_of(quantity)]) values.push_back(each.value);
  return values;
}

bool PointSampler::mains_still_at(double t_s, Quantity quantity) const {
  const auto& volts = reference_[index_of(Quantity::voltage)];
  const auto& stream = volts.empty() ? reference_[index_of(quantity)] : volts;
  const auto range = metrology::range_around(stream, t_s, timing_s(quantity));
  return !range || range->second - range->first <= kMainsStep * std::abs(range->first);
}

void PointSampler::keep_newest(int count, Quantity quantity) {
  const double age_s = window_of(quantity).age_s;
  auto oldest = plug_.end();
  while (oldest != plug_.begin() && count > 0) {
    --oldest;
    if (mains_still_at(seconds_of(oldest->at) - age_s, quantity)) --count;
  }
  plug_.erase(plug_.begin(), oldest);
}

std::vector<double> PointSampler::load_ohms() const {
  const auto& volts = reference_[index_of(Quantity::voltage)];
  std::vector<double> ohms;
  if (plug_.empty()) return ohms;
  for (const auto& power : reference_[index_of(Quantity::power)]) {
    if (power.t_s < seconds_of(plug_.front().at)) continue;
    const auto at_that_time = metrology::interpolated(volts, power.t_s, kLongestGap_s);
    if (!at_that_time) continue;
    const double watts = model_.at_load(Quantity::power, power.value);
    ohms.push_back(watts > 0 ? *at_that_time * *at_that_time / watts : 1e10);
  }
  return ohms;
}

double PointSampler::timing_s(Quantity quantity) const {
  const double asked = plug_.empty() ? 0 : seconds_of(plug_.back().half_width);
  return window_of(quantity).half_width_s + reference_half_width_s_ + asked;
}

}  // namespace plugrig::steps
