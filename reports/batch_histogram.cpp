#include "reports/batch_histogram.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/clean_text.hpp"

namespace plugrig {
namespace {

constexpr double kWidth = 330;
constexpr double kHeight = 130;
constexpr double kLeft = 26;
constexpr double kRight = 8;
constexpr double kTop = 14;
constexpr double kBottom = 20;

class Picture {
 public:
  explicit Picture(const MeasurementSpread& spread)
      : spread_(spread),
        from_(spread.histogram.edges.front()),
        to_(spread.histogram.edges.back()),
        most_(*std::max_element(spread.histogram.counts.begin(), spread.histogram.counts.end())) {}

  std::string draw() {
    out_ =
        fmt::format(R"(<svg viewBox="0 0 {:g} {:g}" role="img" xmlns="http://www.w3.org/2000/svg">)"
                    R"(<title>{} {}: {} values</title>)",
                    kWidth, kHeight, html_escaped(spread_.id), html_escaped(spread_.condition),
                    spread_.capability.n);
    bars();
    line("axis", from_, kHeight - kBottom, to_);
    for (const auto& limit : {spread_.low, spread_.high})
      if (limit) upright("limit", *limit);
    upright("mean", spread_.capability.mean);
    label("start", kLeft, kHeight - 6, from_);
    label("end", kWidth - kRight, kHeight - 6, to_);
    out_ += fmt::format(R"(<text text-anchor="end" x="{:.1f}" y="{:.1f}">{}</text>)", kLeft - 4,
                        kTop + 8, most_);
    return out_ + "</svg>";
  }

 private:
  [[nodiscard]] double x(double value) const {
    return kLeft + (value - from_) / (to_ - from_) * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double y(double count) const {
    return kHeight - kBottom - count / static_cast<double>(most_) * (kHeight - kTop - kBottom);
  }

  void bars() {
    const auto& [edges, counts] = spread_.histogram;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] == 0) continue;
      const double top = y(static_cast<double>(counts[i]));
      out_ +=
          fmt::format(R"(<rect class="bin" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>)",
                      x(edges[i]) + 0.5, top, std::max(x(edges[i + 1]) - x(edges[i]) - 1, 0.5),
                      kHeight - kBottom - top);
    }
  }
  void line(const char* kind, double low, double at_y, double high) {
    out_ += fmt::format(R"(<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>)",
                        kind, x(low), at_y, x(high), at_y);
  }
  void upright(const char* kind, double at) {
    out_ += fmt::format(R"(<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>)",
                        kind, x(at), kTop - 6, x(at), kHeight - kBottom);
  }
  void label(const char* anchor, double at_x, double at_y, double value) {
    out_ += fmt::format(R"(<text text-anchor="{}" x="{:.1f}" y="{:.1f}">{:.4g} {}</text>)", anchor,
                        at_x, at_y, value, html_escaped(spread_.unit));
  }

  const MeasurementSpread& spread_;
  double from_, to_;
  std::size_t most_;
  std::string out_;
};

}  // namespace

std::string histogram_svg(const MeasurementSpread& spread) {
  if (spread.histogram.counts.empty()) return "";
  return Picture(spread).draw();
}

}  // namespace plugrig
