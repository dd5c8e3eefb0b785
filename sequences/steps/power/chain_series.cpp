#include "sequences/steps/power/chain_series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "rig/metrology/statistics.hpp"
#include "rig/metrology/type_b.hpp"
#include "sequences/steps/plug_return.hpp"
#include "sequences/steps/power/binding.hpp"
#include "sequences/steps/power/plug_metering.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::seconds;

/// Start of the firmware and its way back into the network.
constexpr Duration kComesBackWithin = seconds{60};
/// A request into a network that is not there yet is given up then.
constexpr Duration kOneRequest = seconds{1};
/// A chain that changes at every try is not fit to measure in.
constexpr int kMostRepeats = 4;

void check_mac(StepContext& context, const nlohmann::json& answer) {
  const auto* net = member(answer, "StatusNET");
  const auto mac = net == nullptr ? std::nullopt : text_member(*net, "Mac");
  const auto wanted = context.facts().find("mac");
  if (!mac || wanted == context.facts().end()) return;  // binding shows which plug it is
  if (bare_mac(*mac) == bare_mac(wanted->second)) return;
  throw Fault("plug.wrong_mac", Blame::fixture,
              fmt::format("Plug {} answers where plug {} did before.", *mac, wanted->second),
              "Check which units sit in which slots; give each plug an address of its own.");
}

/// Waits until the plug that was found on the network answers again.
void come_back(StepContext& context) {
  auto& clock = context.clock();
  auto& link = plug_link(context);
  const auto end = clock.now() + kComesBackWithin;
  while (clock.now() < end && clock.now() < context.deadline().at) {
    const auto limit = context.deadline().no_later_than(clock.now() + kOneRequest);
    try {
      return check_mac(context, link.command("Status", "5", limit));
    } catch (const Fault& fault) {
      if (!is_silence(fault)) throw;
    }
    clock.sleep_until(limit);
  }
  throw Fault("plug.not_found", Blame::unit,
              fmt::format("The plug did not come back within {:.0f} s of mains on.",
                          std::chrono::duration<double>(kComesBackWithin).count()),
              "Run the unit again; when this repeats, look at its console for what it waits for.");
}

/// With what the meter itself may be off at so small a reading.
OwnConsumption consumption_of(StepContext& context, const Tare& tare) {
  const auto& meter = context.mains().reference();
  const auto& info = meter.info();
  const double volts = context.mains().nominal_V();
  const double amperes = std::hypot(tare.active_A, tare.reactive_A);
  const auto range = meter.range_at(volts, amperes);
  const auto accuracy = [](double half_width) {
    return metrology::u_from_half_width(half_width, metrology::Distribution::rectangular);
  };
  return {.power_W = tare.power_W,
          .active_A = tare.active_A,
          .reactive_A = tare.reactive_A,
          .u_power_W = std::hypot(
              tare.u_power_W,
              accuracy(info.power.half_width(tare.power_W, range.voltage_V * range.current_A))),
          .u_current_A = std::hypot(tare.u_current_A,
                                    accuracy(info.current.half_width(amperes, range.current_A)))};
}

Tare tare_of(const OwnConsumption& own) {
  return {.power_W = own.power_W,
          .active_A = own.active_A,
          .reactive_A = own.reactive_A,
          .u_power_W = own.u_power_W,
          .u_current_A = own.u_current_A};
}

/// Together they take what was measured one by one.
void check_sum(const LoadPointResult& no_load, const ReferenceModel& model) {
  if (no_load.reference_readings_W.empty()) return;
  const double together_W = metrology::mean(no_load.reference_readings_W);
  const double measured_W = model.tare().power_W + model.chain().behind.power_W;
  if (std::abs(together_W - measured_W) <= kChainAgrees_W) return;
  throw Fault(
      "power.own_changed", Blame::fixture,
      fmt::format("The plugs of the chain take {:.2f} W together, and took {:.2f} W when "
                  "the chain was built.",
                  together_W, measured_W),
      "Look for a load relay that sticks, or a plug that changes what it does; then run the "
      "units again.");
}

std::string joined(const std::vector<std::string>& slots) {
  return slots.empty() ? "none" : fmt::format("{}", fmt::join(slots, ", "));
}

}  // namespace

std::unique_ptr<ChainShare> enter_chain(StepContext& context, const SeriesPlan& plan) {
  auto& mains = context.mains();
  mains.energise(context.deadline());
  // A plug that loses mains sooner counts it as a failed start.
  await_uptime(context, plug_link(context));
  auto share = mains.share_chain("power." + plan.name, context.deadline());
  come_back(context);
  show_binding(context, kBindingLimit, plan.points_W);
  Tare tare;
  {
    const auto lease = take_reference(context, "own consumption");
    tare = measure_tare(context, *lease);
  }
  share->ready(consumption_of(context, tare), context.deadline());
  const auto own = share->through_here();
  context.say(fmt::format(
      "In a chain: before it {}, behind it {}. Plugs up to here take {:.2f} W ± {:.2f} W, those "
      "behind {:.2f} W.",
      joined(share->slots_before()), joined(share->slots_behind()), own.power_W, 2 * own.u_power_W,
      share->behind().power_W));
  return share;
}

ReferenceModel chain_model(StepContext& context, const ChainShare& share) {
  const auto before = static_cast<double>(share.slots_before().size());
  ChainEffect chain;
  chain.plugs = static_cast<int>(share.slots_before().size() + share.slots_behind().size());
  chain.behind = tare_of(share.behind());
  chain.before_ohm = before * kChainContacts_ohm;
  chain.before_half_width_ohm = before * kChainContactsWithin_ohm;
  return {context.mains().reference().info(), tare_of(share.through_here()), chain};
}

LoadPointResult measure_chained_point(StepContext& context, double nominal_W,
                                      std::optional<ReferenceModel>& model,
                                      const metrology::Constants& constants,
                                      const SamplingRules& rules, ChainShare& share) {
  for (int repeats = 0;; ++repeats) {
    try {
      context.mains().load(nominal_W, context.deadline());
      model.emplace(chain_model(context, share));
      auto point = measure_load_point(context, nominal_W, *model, constants, rules, share);
      if (nominal_W == 0) check_sum(point, *model);
      return point;
    } catch (const Fault& fault) {
      if (fault.id() != kChainChanged || repeats == kMostRepeats) throw;
      context.say(fault.happened() + " The point is measured again.");
    }
  }
}

void leave_chain(StepContext& context, std::unique_ptr<ChainShare> share) {
  share->leave();
  share.reset();
  context.mains().energise(context.deadline());
  come_back(context);
  switch_relay(context, true, context.deadline());
}

}  // namespace plugrig::steps
