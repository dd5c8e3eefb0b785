#include "sequences/steps/power/constants_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "rig/metrology/point_evaluation.hpp"
#include "sequences/steps/power/metering_grid.hpp"
#include "sequences/steps/power/series.hpp"

namespace plugrig::steps {
namespace {

using metrology::Constants;
using metrology::GainFit;
using metrology::PointResult;

/// Correction that the plug's own grid may leave after an adjustment: its readings step by 0.14 %
/// to 0.18 % (Tasmota notes §12), and where on a step the mains stands changes between series.
constexpr double kGridLeaves = 1.2e-3;
/// Where a chip factor is recognised.
constexpr double kFactorTolerance = 0.3;
/// Defaults of the firmware (§12), for products that state no window.
constexpr Constants kDefaults{1950, 3500, 12530};

int Constants::*constant_of(Quantity quantity) {
  switch (quantity) {
    case Quantity::voltage:
      return &Constants::voltage;
    case Quantity::current:
      return &Constants::current;
    case Quantity::power:
      break;
  }
  return &Constants::power;
}

struct FitPoints {
  std::vector<double> plug, reference, u;
  double u_common = 0;
};

FitPoints points_of(const metrology::Series& series, Quantity quantity) {
  FitPoints points;
  for (const auto& point : series.points) {
    const bool no_load = point.nominal_W == 0;
    if (point.quantity != names_of(quantity).name || point.reference == 0) continue;
    if (no_load && quantity != Quantity::voltage) continue;
    const double to_absolute = no_load ? 1 : std::abs(point.reference) / 100;
    const double u = metrology::independent_uncertainty(point) * to_absolute;
    points.plug.push_back(point.plug);
    points.reference.push_back(point.reference);
    points.u.push_back(std::max(u, std::abs(point.reference) * 1e-6));
    points.u_common = std::max(points.u_common, metrology::common_uncertainty(point) * to_absolute /
                                                    std::abs(point.reference));
  }
  return points;
}

std::optional<GainFit> fit_of(const metrology::Series& series, Quantity quantity) {
  const auto points = points_of(series, quantity);
  const bool shows =
      std::any_of(points.plug.begin(), points.plug.end(), [](double shown) { return shown > 0; });
  if (!shows) return std::nullopt;
  return metrology::fit_gain(points.plug, points.reference, points.u, points.u_common);
}

int scaled(int constant, double gain) {
  const double wanted = std::round(constant * gain);
  return static_cast<int>(std::clamp(wanted, 0.0, 1e9));
}

double usual(const Window& window, int fallback) {
  return window.stated() ? (window.low + window.high) / 2 : fallback;
}

/// A swapped SEL shows the current as voltage: it follows the load while the mains does not.
bool voltage_follows_load(const metrology::Series& series) {
  double low = std::numeric_limits<double>::max();
  double high = 0;
  for (const auto& point : series.points) {
    if (point.quantity != names_of(Quantity::voltage).name || point.nominal_W == 0) continue;
    if (point.reference <= 0) return false;
    low = std::min(low, point.plug / point.reference);
    high = std::max(high, point.plug / point.reference);
  }
  return high > 0 && high > 2 * std::max(low, 1e-6);
}

/// All three constants lie off by the factors between two chips.
bool off_by(const Constants& wanted, const PlugInfo& plug, const MeteringRatios& from,
            const MeteringRatios& to) {
  const auto near = [](double found, double expected) {
    return std::abs(found / expected - 1) < kFactorTolerance;
  };
  return near(wanted.voltage / usual(plug.voltage_cal, kDefaults.voltage),
              from.voltage / to.voltage) &&
         near(wanted.current / usual(plug.current_cal, kDefaults.current),
              from.current / to.current) &&
         near(wanted.power / usual(plug.power_cal, kDefaults.power), from.power / to.power);
}

struct Cause {
  std::string text;
  std::string next;
  Blame blame;
};

Cause cause_of(const Constants& wanted, const metrology::Series& series, const PlugInfo& plug) {
  const std::string template_next = "Correct the template in the sequence or product file.";
  if (voltage_follows_load(series))
    return {"the template's SEL polarity is swapped: the plug shows the current as voltage",
            template_next, Blame::config};
  if (off_by(wanted, plug, kBl0937, kHlw8012))
    return {"the template names an HLW8012 (2688) where the plug has a BL0937 (2720)",
            template_next, Blame::config};
  if (off_by(wanted, plug, kHlw8012, kBl0937))
    return {"the template names a BL0937 (2720) where the plug has an HLW8012 (2688)",
            template_next, Blame::config};
  return {"the shunt or divider of this plug is not the product's, or a reading is wrong",
          "Set the unit aside; look at the load and the reference when the next one does the same.",
          Blame::unit};
}

/// For a product whose constants nobody stated: no plug is off by half.
bool gain_is_absurd(const ConstantsFit& fit) {
  return std::any_of(fit.gains.begin(), fit.gains.end(), [](const auto& gain) {
    return gain && (gain->slope > 2 || gain->slope < 0.5);
  });
}

/// Quantities that the reference sees under load and the plug shows as 0.
std::string not_shown(const ConstantsFit& fit, const metrology::Series& series) {
  std::string text;
  for (const auto quantity : kQuantities) {
    const auto& name = names_of(quantity).name;
    const bool measured = std::any_of(
        series.points.begin(), series.points.end(),
        [&](const PointResult& point) { return point.nominal_W > 0 && point.quantity == name; });
    if (measured && !fit.gains[static_cast<std::size_t>(quantity)])
      text += fmt::format("the plug shows no {} ", name);
  }
  return text;
}

std::string window_text(std::string_view name, int value, const Window& window) {
  return window.holds(value)
             ? std::string{}
             : fmt::format("{} {} (usual {:g} … {:g})  ", name, value, window.low, window.high);
}

}  // namespace

ConstantsFit fit_constants(const metrology::Series& series) {
  ConstantsFit fit;
  fit.wanted = series.constants;
  for (const auto quantity : kQuantities) {
    auto& gain = fit.gains[static_cast<std::size_t>(quantity)];
    gain = fit_of(series, quantity);
    const auto constant = constant_of(quantity);
    if (gain) fit.wanted.*constant = scaled(series.constants.*constant, gain->slope);
  }
  return fit;
}

double unexplained_correction(const ConstantsFit& fit, const Constants& constants) {
  double largest = 0;
  for (const auto quantity : kQuantities) {
    const auto& gain = fit.gains[static_cast<std::size_t>(quantity)];
    if (!gain) continue;
    const double grid = 0.5 / std::max(1, constants.*constant_of(quantity));
    const double excess = std::abs(gain->slope - 1) - std::max(kGridLeaves, grid);
    largest = std::max(largest, excess);
  }
  return largest;
}

std::optional<Fault> implausible(const ConstantsFit& fit, const metrology::Series& series,
                                 const PlugInfo& plug) {
  const auto& wanted = fit.wanted;
  std::string text = not_shown(fit, series) +
                     window_text("VoltageCal", wanted.voltage, plug.voltage_cal) +
                     window_text("CurrentCal", wanted.current, plug.current_cal) +
                     window_text("PowerCal", wanted.power, plug.power_cal);
  const double product = static_cast<double>(wanted.voltage) * wanted.current;
  const double ratio = product > 0 ? wanted.power / product : 0;
  if (text.empty() && !plug.consistency.holds(ratio))
    text = fmt::format("PowerCal/(VoltageCal·CurrentCal) {:.3e} (usual {:.3e} … {:.3e})", ratio,
                       plug.consistency.low, plug.consistency.high);
  const bool knows_product = plug.voltage_cal.stated() || plug.current_cal.stated() ||
                             plug.power_cal.stated() || plug.consistency.stated();
  if (text.empty() && !knows_product && gain_is_absurd(fit)) text = constants_text(wanted);
  if (text.empty() && voltage_follows_load(series)) text = constants_text(wanted);
  if (text.empty()) return std::nullopt;
  while (text.back() == ' ') text.pop_back();
  const auto cause = cause_of(wanted, series, plug);
  return Fault("power.constants_implausible", cause.blame,
               fmt::format("The readings ask for constants that cannot be true: {}. Likely {}.",
                           text, cause.text),
               cause.next,
               {{"constants asked for", constants_text(wanted)},
                {"constants now", constants_text(series.constants)}});
}

}  // namespace plugrig::steps
