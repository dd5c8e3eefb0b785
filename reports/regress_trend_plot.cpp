#include <fmt/format.h>

#include <algorithm>

#include "reports/clean_text.hpp"
#include "reports/regress_trend.hpp"

namespace plugrig {
namespace {

constexpr double kWidth = 640;
constexpr double kHeight = 230;
constexpr double kLeft = 76;
constexpr double kRight = 16;
constexpr double kTop = 14;
constexpr double kBottom = 48;
constexpr std::size_t kMostLabels = 12;

struct Point {
  double value = 0;
  std::string label;
  std::string title;
  const char* kind = "";
};

/// An SVG that stands alone has no page to take its colours from.
constexpr const char* kStyle =
    "<style>text{font:10px sans-serif;fill:#333}.axis{stroke:#888}.grid{stroke:#ddd}"
    ".line{fill:none;stroke:#7ba0cf}.baseline{fill:#fff;stroke:#555}.good{fill:#10478c}"
    ".bad{fill:#a31515}.other{fill:#b07a2a}</style>";

const char* kind_of(const std::string& category) {
  if (category == "baseline") return "baseline";
  if (category == "regression") return "bad";
  return category == "good" ? "good" : "other";
}

class Picture {
 public:
  Picture(std::vector<Point> points, std::string unit, std::string title)
      : points_(std::move(points)), unit_(std::move(unit)), title_(std::move(title)) {
    const auto [low, high] = std::ranges::minmax(points_, {}, &Point::value);
    const double room = std::max((high.value - low.value) * 0.1,
                                 std::max(std::abs(low.value), std::abs(high.value)) * 1e-6);
    low_ = low.value - (room > 0 ? room : 1);
    high_ = high.value + (room > 0 ? room : 1);
  }

  std::string draw() {
    out_ = fmt::format(
        R"(<svg viewBox="0 0 {:g} {:g}" role="img" xmlns="http://www.w3.org/2000/svg"><title>{}</title>{})",
        kWidth, kHeight, html_escaped(title_), kStyle);
    grid();
    out_ += R"(<polyline class="line" points=")";
    for (std::size_t i = 0; i < points_.size(); ++i)
      out_ += fmt::format("{}{:.1f},{:.1f}", i == 0 ? "" : " ", x(i), y(points_[i].value));
    out_ += R"("/>)";
    const std::size_t each = (points_.size() + kMostLabels - 1) / kMostLabels;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const auto& point = points_[i];
      out_ += fmt::format(
          R"(<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="4"><title>{}</title></circle>)",
          point.kind, x(i), y(point.value), html_escaped(point.title));
      if (i % each == 0)
        out_ += fmt::format(
            R"svg(<text text-anchor="end" transform="translate({:.1f} {:.1f}) rotate(-25)">{}</text>)svg",
            x(i) + 4, kHeight - kBottom + 16, html_escaped(point.label));
    }
    return out_ + "</svg>";
  }

 private:
  [[nodiscard]] double x(std::size_t i) const {
    const double span = kWidth - kLeft - kRight;
    return kLeft + span * (static_cast<double>(i) + 0.5) / static_cast<double>(points_.size());
  }
  [[nodiscard]] double y(double value) const {
    return kTop + (high_ - value) / (high_ - low_) * (kHeight - kTop - kBottom);
  }
  void grid() {
    constexpr int lines = 4;
    for (int i = 0; i <= lines; ++i) {
      const double value = low_ + (high_ - low_) * i / lines;
      out_ += fmt::format(R"(<line class="{}" x1="{:g}" y1="{:.1f}" x2="{:g}" y2="{:.1f}"/>)",
                          i == 0 ? "axis" : "grid", kLeft, y(value), kWidth - kRight, y(value));
      out_ += fmt::format(R"(<text text-anchor="end" x="{:g}" y="{:.1f}">{:.5g} {}</text>)",
                          kLeft - 5, y(value) + 3, value, html_escaped(unit_));
    }
  }

  std::vector<Point> points_;
  std::string unit_;
  std::string title_;
  double low_ = 0, high_ = 1;
  std::string out_;
};

Point point_of(const TrendRun& run, const TrendBuild& build, const TrendMean& mean) {
  const auto& short_name = build.version.empty() ? build.digest : build.version;
  return {mean.mean, short_name.substr(0, 14),
          fmt::format("{} {} [{}], {}: {:.6g} {}", build.name, build.version,
                      build.digest.substr(0, 12), run.time, mean.mean, mean.unit),
          kind_of(build.category)};
}

}  // namespace

std::string trend_svg(const Trend& trend, std::string_view quantity, std::string_view condition) {
  std::vector<Point> points;
  std::string unit;
  for (const auto& run : trend.runs)
    for (const auto& build : run.builds)
      for (const auto& mean : build.means) {
        if (mean.quantity != quantity || mean.condition != condition) continue;
        if (points.empty()) unit = mean.unit;
        if (mean.unit == unit) points.push_back(point_of(run, build, mean));
      }
  if (points.empty()) return "";
  auto title = std::string(quantity);
  if (!condition.empty()) title += ", " + std::string(condition);
  return Picture(std::move(points), unit, title + " over builds").draw();
}

}  // namespace plugrig
