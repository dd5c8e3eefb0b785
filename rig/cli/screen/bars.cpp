#include "rig/cli/screen/bars.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rig/cli/screen/cells.hpp"

namespace plugrig::cli {
namespace {

constexpr int kProgressCells = 16;
constexpr double kFewSeconds = 0.2;  ///< before that a rate says nothing

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

double seconds_of(Duration duration) { return std::chrono::duration<double>(duration).count(); }

double rate_of(const ShownProgress& progress, Instant now) {
  const double seconds = seconds_of(now - progress.since);
  if (seconds < kFewSeconds || progress.done <= progress.done_at_start) return 0;
  return (progress.done - progress.done_at_start) / seconds;
}

/// "power.as_left.P" is "as_left P" to a person.
std::string short_name(const std::string& id) {
  const auto first = id.find('.');
  auto name = first == std::string::npos ? id : id.substr(first + 1);
  std::replace(name.begin(), name.end(), '.', ' ');
  return name;
}

}  // namespace

std::string progress_text(const ShownProgress& progress, Instant now, bool ascii) {
  auto text = fitted(for_terminal(progress.phase, ascii), 9, ascii);
  if (progress.total == 0) return text + fmt::format(" {:.0f} s", seconds_of(now - progress.since));
  const double share = static_cast<double>(progress.done) / progress.total;
  const int full = std::clamp(static_cast<int>(share * kProgressCells), 0, kProgressCells);
  text += fmt::format(" [{}{}] {:3.0f} %", repeated(ascii ? "#" : "█", full),
                      repeated(ascii ? "." : "·", kProgressCells - full), share * 100);
  if (progress.unit != "bytes")
    return text + fmt::format("  {} of {} {}", progress.done, progress.total,
                              for_terminal(progress.unit, ascii));
  const double rate = rate_of(progress, now);
  if (rate <= 0) return text;
  text += fmt::format("  {:.1f} KiB/s", rate / 1024);
  if (progress.total > progress.done)
    text += fmt::format("  {:.0f} s left", (progress.total - progress.done) / rate);
  return text;
}

std::string error_bar(const ShownError& error, int cells, bool ascii) {
  cells = std::max(cells | 1, 5);  // odd: there is a middle
  const double half = (error.high - error.low) / 2;
  const double share = half > 0 ? (error.value - (error.low + error.high) / 2) / half : 0;
  const int middle = cells / 2;
  // Cell 0 and cell cells+1 are the ends. Exactly on the limit is still within.
  int at = 0;
  if (share < -1)
    at = 0;
  else if (share > 1)
    at = cells + 1;
  else
    at = 1 + std::clamp(static_cast<int>(std::lround(middle + share * middle)), 0, cells - 1);
  std::string bar;
  for (int i = 0; i <= cells + 1; ++i) {
    if (i == at)
      bar += ascii ? "o" : "●";
    else if (i == 0)
      bar += ascii ? "[" : "├";
    else if (i == cells + 1)
      bar += ascii ? "]" : "┤";
    else if (i == middle + 1)
      bar += ascii ? "|" : "┼";
    else
      bar += ascii ? "-" : "─";
  }
  return bar;
}

std::string error_text(const ShownError& error, int cells, bool ascii) {
  constexpr int narrow = 15;
  constexpr int wide = 25;
  constexpr int roomy = 70;
  const auto unit = for_terminal(error.unit, ascii);
  const auto bar = fmt::format("{:.3g} {} {:.3g} {}  {:+.3g} {}", error.low,
                               error_bar(error, cells >= roomy ? wide : narrow, ascii), error.high,
                               unit, error.value, unit);
  auto name = for_terminal(short_name(error.id), ascii);
  if (!error.condition.empty()) name += ", " + for_terminal(error.condition, ascii);
  const int left = cells - cells_of(bar) - 2;
  if (left < 4) return bar;
  if (cells_of(name) > left) name = fitted(name, left, ascii);
  return name + "  " + bar;
}

}  // namespace plugrig::cli
