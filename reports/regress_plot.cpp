#include "reports/regress_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/clean_text.hpp"
#include "rig/metrology/statistics.hpp"

namespace plugrig {
namespace {

using regress::Direction;
using regress::QuantityDecision;

/// A horizontal axis around zero, in the units of the drawing.
class Axis {
 public:
  Axis(double left, double right, double half) : left_(left), right_(right), half_(half) {}
  [[nodiscard]] double x(double value) const {
    const double shown = std::clamp(value, -half_, half_);
    return left_ + (shown + half_) / (2 * half_) * (right_ - left_);
  }
  [[nodiscard]] double left() const { return left_; }
  [[nodiscard]] double right() const { return right_; }
  [[nodiscard]] double half() const { return half_; }

 private:
  double left_, right_, half_;
};

std::string line(const char* kind, double x1, double y1, double x2, double y2) {
  return fmt::format(R"(<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>)", kind,
                     x1, y1, x2, y2);
}

std::string dot(const char* kind, double x, double y) {
  return fmt::format(R"(<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="3"/>)", kind, x, y);
}

std::string label(const char* anchor, double x, double y, const std::string& text) {
  return fmt::format(R"(<text text-anchor="{}" x="{:.1f}" y="{:.1f}">{}</text>)", anchor, x, y,
                     html_escaped(text));
}

std::string opened(double width, double height, const std::string& title) {
  return fmt::format(
      R"(<svg viewBox="0 0 {:g} {:g}" role="img" xmlns="http://www.w3.org/2000/svg"><title>{}</title>)",
      width, height, html_escaped(title));
}

std::string name_of(const QuantityDecision& quantity) {
  return quantity.condition.empty() ? quantity.quantity
                                    : quantity.quantity + ", " + quantity.condition;
}

/// What may be without harm: to both sides, or all of the good side and the margin of the bad one.
std::string band_of(const QuantityDecision& quantity, const Axis& axis, double top, double bottom) {
  if (!quantity.limit) return "";
  const double margin = quantity.limit->margin;
  double low = -margin;
  double high = margin;
  if (quantity.limit->direction == Direction::higher_is_better) high = axis.half();
  if (quantity.limit->direction == Direction::lower_is_better ||
      quantity.limit->direction == Direction::nearer_zero_is_better)
    low = -axis.half();
  auto out =
      fmt::format(R"(<rect class="band" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>)",
                  axis.x(low), top, axis.x(high) - axis.x(low), bottom - top);
  for (const double edge : {-margin, margin}) {
    const bool harmless = edge < 0 ? low < -margin : high > margin;
    if (!harmless) out += line("limit", axis.x(edge), top, axis.x(edge), bottom);
  }
  return out;
}

std::string ends_of(const Axis& axis, double y, const std::string& unit) {
  return label("start", axis.left(), y, fmt::format("{:+.3g} {}", -axis.half(), unit)) +
         label("middle", axis.x(0), y, "0") +
         label("end", axis.right(), y, fmt::format("{:+.3g} {}", axis.half(), unit));
}

double largest(std::initializer_list<double> values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

/// Half of an axis that shows `reach` and the margin with some room; never zero.
double half_of(const QuantityDecision& quantity, double reach) {
  const double margin = quantity.limit ? quantity.limit->margin : 0;
  const double half = std::max(1.4 * margin, 1.15 * reach);
  return half > 0 && std::isfinite(half) ? half : 1;
}

}  // namespace

std::string interval_plot_svg(const QuantityDecision& quantity) {
  constexpr double width = 260, height = 44, top = 4, bottom = 30, middle = 17, side = 6;
  const auto& found = quantity.difference;
  if (!found.interval || !found.alarm_interval) return "";
  const Axis axis(side, width - side,
                  half_of(quantity, largest({found.interval->low, found.interval->high})));
  auto out = opened(width, height, "Difference of " + name_of(quantity));
  out += band_of(quantity, axis, top, bottom);
  out += line("zero", axis.x(0), top, axis.x(0), bottom);
  out += line("alarm", axis.x(found.alarm_interval->low), middle,
              axis.x(found.alarm_interval->high), middle);
  out +=
      line("interval", axis.x(found.interval->low), middle, axis.x(found.interval->high), middle);
  out += dot("candidate", axis.x(found.difference), middle);
  return out + ends_of(axis, height - 3, quantity.unit) + "</svg>";
}

std::string unit_plot_svg(const QuantityDecision& quantity) {
  constexpr double width = 330, row = 26, top = 6, foot = 18, left = 132, right = 324;
  const auto& units = quantity.difference.units;
  if (units.empty()) return "";
  double reach = 0;
  for (const auto& unit : units) {
    const double mean = metrology::mean(unit.baseline);
    for (const auto* values : {&unit.baseline, &unit.candidate})
      for (const double value : *values) reach = std::max(reach, std::abs(value - mean));
  }
  const Axis axis(left, right, half_of(quantity, reach));
  const double bottom = top + row * static_cast<double>(units.size());
  auto out = opened(width, bottom + foot, "Blocks of " + name_of(quantity) + " by unit");
  out += band_of(quantity, axis, top, bottom);
  out += line("zero", axis.x(0), top, axis.x(0), bottom);
  double y = top + row / 2;
  for (const auto& unit : units) {
    const double mean = metrology::mean(unit.baseline);
    out += label("end", left - 6, y + 3,
                 unit.slot == unit.unit ? unit.unit : unit.slot + " " + unit.unit);
    for (const double value : unit.baseline) out += dot("baseline", axis.x(value - mean), y - 5);
    for (const double value : unit.candidate) out += dot("candidate", axis.x(value - mean), y + 5);
    y += row;
  }
  return out + ends_of(axis, bottom + 12, quantity.unit) + "</svg>";
}

}  // namespace plugrig
