#include "reports/error_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/clean_text.hpp"
#include "reports/display.hpp"

namespace plugrig {
namespace {

using metrology::PointResult;

// In the units of the drawing.
constexpr double width = 640, height = 230;
constexpr double left = 58, right = 14, top = 14, bottom = 34;

class Plot {
 public:
  explicit Plot(const ErrorPlot& plot) : plot_(plot) {
    for (const auto* points : {&plot.as_left, &plot.as_found})
      for (const auto& point : *points)
        if (point.nominal_W > 0) all_.push_back(&point);
    set_axes();
  }

  [[nodiscard]] std::string draw() {
    if (all_.empty()) return {};
    open();
    draw_band();
    draw_grid();
    draw_limits();
    for (const auto& point : plot_.as_found) draw_point(point, false);
    for (const auto& point : plot_.as_left) draw_point(point, true);
    return out_ + "</svg>";
  }

 private:
  void set_axes() {
    double reach = 0;
    double reach_found = 0;
    for (const auto* point : all_) {
      lowest_W_ = std::min(lowest_W_, point->nominal_W);
      highest_W_ = std::max(highest_W_, point->nominal_W);
      limit_ = std::max(limit_, point->limit_percent.value_or(0));
    }
    for (const auto& point : plot_.as_left)
      reach = std::max(reach, std::abs(point.error_percent) + point.uncertainty.expanded);
    for (const auto& point : plot_.as_found)
      reach_found = std::max(reach_found, std::abs(point.error_percent));
    // An unadjusted plug may be 25 % off; the band that matters stays readable all the same.
    const double wanted = std::max(1.4 * limit_, 1.15 * reach);
    half_ = wanted > 0 ? wanted : std::max(1.15 * reach_found, 0.1);
    lowest_W_ /= 1.4;
    highest_W_ *= 1.4;
  }

  [[nodiscard]] double x(double load_W) const {
    const double share = std::log(load_W / lowest_W_) / std::log(highest_W_ / lowest_W_);
    return left + share * (width - left - right);
  }
  [[nodiscard]] double y(double percent) const {
    return top + (half_ - percent) / (2 * half_) * (height - top - bottom);
  }

  void open() {
    out_ =
        fmt::format(R"(<svg viewBox="0 0 {:g} {:g}" role="img" xmlns="http://www.w3.org/2000/svg">)"
                    R"(<title>Error of {} against load</title>)",
                    width, height, html_escaped(plot_.quantity));
  }

  void draw_band() {
    if (limit_ <= 0) return;
    out_ +=
        fmt::format(R"(<rect class="band" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>)",
                    left, y(limit_), width - left - right, y(-limit_) - y(limit_));
  }

  void draw_limits() {
    if (limit_ <= 0) return;
    for (const double edge : {limit_, -limit_})
      out_ += line("limit", left, y(edge), width - right, y(edge));
  }

  void draw_grid() {
    const double step = tick_step();
    const int ticks = static_cast<int>(std::floor(half_ / step));
    for (int i = -ticks; i <= ticks; ++i) {
      const double value = i * step;
      out_ += line(i == 0 ? "zero" : "grid", left, y(value), width - right, y(value));
      const auto text = i == 0 ? std::string("0 %") : fmt::format("{:+.3g} %", value);
      out_ += label("end", left - 6, y(value) + 4, text);
    }
    std::vector<double> loads;
    for (const auto* point : all_) loads.push_back(point->nominal_W);
    std::sort(loads.begin(), loads.end());
    loads.erase(std::unique(loads.begin(), loads.end()), loads.end());
    for (const double load : loads)
      out_ += label("middle", x(load), height - bottom + 18, load_text(load));
  }

  /// 1, 2 or 5 times a power of ten, for about three ticks to each side.
  [[nodiscard]] double tick_step() const {
    const double raw = half_ / 3;
    const double decade = std::pow(10, std::floor(std::log10(raw)));
    for (const double factor : {1.0, 2.0, 5.0})
      if (factor * decade >= raw) return factor * decade;
    return 10 * decade;
  }

  void draw_point(const PointResult& point, bool adjusted) {
    if (point.nominal_W <= 0) return;
    // Both series have the same loads: side by side they stay readable.
    const double at = x(point.nominal_W) + (adjusted ? 4 : -4);
    const double error = point.error_percent;
    const double shown = std::clamp(error, -half_, half_);
    const char* kind = adjusted ? "left" : "found";
    if (shown != error) {
      out_ += arrow(kind, at, y(shown), error > 0);
      out_ +=
          label("start", at + 8, y(shown) + (error > 0 ? 10 : -2), fmt::format("{:+.2g} %", error));
      return;
    }
    const double U = point.uncertainty.expanded;
    out_ += line(adjusted ? "bar" : "bar faint", at, y(std::min(error + U, half_)), at,
                 y(std::max(error - U, -half_)));
    out_ +=
        fmt::format(R"(<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="3.5"/>)", kind, at, y(error));
  }

  static std::string line(std::string_view kind, double x1, double y1, double x2, double y2) {
    return fmt::format(R"(<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>)",
                       kind, x1, y1, x2, y2);
  }
  static std::string label(std::string_view anchor, double at_x, double at_y,
                           const std::string& text) {
    return fmt::format(R"(<text text-anchor="{}" x="{:.1f}" y="{:.1f}">{}</text>)", anchor, at_x,
                       at_y, html_escaped(text));
  }
  static std::string arrow(std::string_view kind, double at_x, double at_y, bool up) {
    const double d = up ? 7 : -7;
    return fmt::format(R"(<path class="{}" d="M{:.1f} {:.1f} l-4 {:.1f} h8 z"/>)", kind, at_x, at_y,
                       d);
  }

  const ErrorPlot& plot_;
  std::vector<const PointResult*> all_;
  double lowest_W_ = 1e9, highest_W_ = 1e-9;
  double limit_ = 0;
  double half_ = 1;  ///< the axis goes from −half to +half, in percent
  std::string out_;
};

}  // namespace

std::string error_plot_svg(const ErrorPlot& plot) { return Plot(plot).draw(); }

}  // namespace plugrig
