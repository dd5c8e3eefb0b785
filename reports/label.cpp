#include "reports/label.hpp"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <cmath>
#include <string_view>

#include "rig/core/fault.hpp"
#include "rig/core/problem.hpp"

namespace plugrig {
namespace {

constexpr double kLeast_mm = 10;
constexpr double kLargest_mm = 300;

std::string without_colons(const std::string& mac) {
  std::string digits;
  for (const char c : mac)
    if (c != ':') digits += c;
  return digits;
}

/// The number at the front of `text`, which then begins behind it and its blanks.
bool take_number(std::string_view& text, double& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

/// Takes `word` from the front, with blanks around it.
bool take_word(std::string_view& text, std::string_view word) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  while (text.starts_with(' ')) text.remove_prefix(1);
  return true;
}

bool sensible(const LabelSize& size) {
  const auto fits = [](double mm) { return mm >= kLeast_mm && mm <= kLargest_mm; };
  return fits(size.width_mm) && fits(size.height_mm) && size.dpi >= 100 && size.dpi <= 1200;
}

}  // namespace

std::string to_text(const LabelSize& size) {
  return fmt::format("{:g} mm x {:g} mm, {} dpi", size.width_mm, size.height_mm, size.dpi);
}

LabelSize label_size_of(const std::string& text) {
  LabelSize size;
  std::string_view rest = text;
  double dpi = size.dpi;
  bool good = take_number(rest, size.width_mm);
  take_word(rest, "mm");
  good = good && take_word(rest, "x") && take_number(rest, size.height_mm);
  take_word(rest, "mm");
  if (good && take_word(rest, ",")) good = take_number(rest, dpi) && take_word(rest, "dpi");
  size.dpi = std::isfinite(dpi) && std::fabs(dpi) < 1e6 ? static_cast<int>(dpi) : 0;
  if (good && rest.empty() && sensible(size)) return size;
  throw Fault("label.size", Blame::config,
              fmt::format("{} is no size of a label.", in_quotes(text)),
              "Write it as 50x25 (mm, width first), or '50 mm x 25 mm, 203 dpi'.");
}

LabelContent label_of(const UnitRecord& unit) {
  if (!unit.ended) {
    throw Fault("label.not_recorded", Blame::operator_,
                fmt::format("The record of unit {} is not finished.", unit.unit_id),
                "Run the unit again; a label stands for a complete record.");
  }
  if (unit.verdict != Verdict::pass) {
    throw Fault("label.not_pass", Blame::operator_,
                fmt::format("Unit {} is {}, not PASS.", unit.unit_id, to_display(unit.verdict)),
                "Set the unit aside; only a unit that passed gets a label.");
  }
  LabelContent label;
  label.mac = fact_of(unit, "mac");
  if (label.mac.empty()) {
    throw Fault("label.no_mac", Blame::config,
                fmt::format("The record of unit {} has no MAC.", unit.unit_id),
                "Put a step that reads the MAC into the sequence: flash.identify or plug.join.");
  }
  label.product = fact_of(unit, "product");
  label.serial = fact_of(unit, "serial");
  if (label.serial.empty()) label.serial = without_colons(label.mac);
  label.date = to_iso8601(*unit.ended).substr(0, 10);
  label.certificate_id = unit.unit_id;
  label.simulated = fact_of(unit, "simulated") == "yes";
  return label;
}

}  // namespace plugrig
