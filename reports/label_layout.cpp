#include "reports/label_layout.hpp"

#include <algorithm>

namespace plugrig {
namespace {

constexpr double kMargin_mm = 1.5;
/// Height of a capital letter as a share of the height of its line.
constexpr double kCapital = 0.62;

struct Row {
  std::string text;
  double share;  ///< of the height
  bool bold;
};

std::vector<Row> rows_of(const LabelContent& label) {
  std::vector<Row> rows;
  if (label.simulated) rows.push_back({"SIMULATED", 1.2, true});
  if (!label.product.empty()) rows.push_back({label.product, 1.0, false});
  rows.push_back({label.serial, 1.5, true});
  rows.push_back({"MAC " + label.mac, 0.9, false});
  rows.push_back({"PASS " + label.date, 0.9, false});
  rows.push_back({label.certificate_id, 0.7, false});
  return rows;
}

}  // namespace

LabelLayout lay_out(const LabelContent& label, const LabelSize& size) {
  LabelLayout layout;
  const double inner_mm = size.height_mm - 2 * kMargin_mm;
  layout.qr_mm = std::min(inner_mm, 0.4 * size.width_mm);
  layout.qr_x_mm = kMargin_mm;
  layout.qr_y_mm = (size.height_mm - layout.qr_mm) / 2;
  const auto rows = rows_of(label);
  double shares = 0;
  for (const Row& row : rows) shares += row.share;
  const double x_mm = layout.qr_x_mm + layout.qr_mm + kMargin_mm / 2;
  double y_mm = kMargin_mm;
  for (const Row& row : rows) {
    const double line_mm = inner_mm * row.share / shares;
    const double capital_mm = kCapital * line_mm;
    layout.lines.push_back({row.text, x_mm, y_mm + (line_mm - capital_mm) / 2, capital_mm,
                            size.width_mm - x_mm - kMargin_mm, row.bold});
    y_mm += line_mm;
  }
  return layout;
}

}  // namespace plugrig
