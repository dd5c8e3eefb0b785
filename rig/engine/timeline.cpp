#include "rig/engine/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

namespace plugrig {
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

char upper(char letter) {
  return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
}

/// A letter for each stage: the first of its name that no stage before it has.
class StageLetters {
 public:
  char of(const std::string& stage) {
    const auto known = letters_.find(stage);
    if (known != letters_.end()) return known->second;
    char letter = '#';
    for (const char c : stage) {
      if (c < 'a' || c > 'z' || taken_.contains(c)) continue;
      letter = c;
      break;
    }
    taken_.insert(letter);
    letters_[stage] = letter;
    order_.push_back(stage);
    return letter;
  }
  [[nodiscard]] std::string legend() const {
    std::string text;
    for (const std::string& stage : order_)
      text += fmt::format("{} {}, ", letters_.at(stage), stage);
    return text + "capital: has reference and load, . waits for them";
  }

 private:
  std::map<std::string, char> letters_;
  std::set<char> taken_;
  std::vector<std::string> order_;
};

char letter_of(const SlotSpan& span, StageLetters& letters) {
  if (span.kind == SlotSpan::Kind::empty) return ' ';
  if (span.kind == SlotSpan::Kind::waits) return '.';
  const char letter = span.stage.empty() ? '-' : letters.of(span.stage);
  return span.kind == SlotSpan::Kind::load ? upper(letter) : letter;
}

/// What took most of each cell.
class Row {
 public:
  Row(Instant from, Duration cell, std::size_t cells) : from_(from), cell_(cell), time_(cells) {}

  void add(const SlotSpan& span, char letter) {
    for (std::size_t i = 0; i < time_.size(); ++i) {
      const Instant begin = from_ + cell_ * static_cast<int>(i);
      const Duration inside = std::min(span.to, begin + cell_) - std::max(span.from, begin);
      if (inside > Duration{}) time_[i][letter] += inside;
    }
  }
  [[nodiscard]] std::string text() const {
    std::string cells;
    for (const auto& times : time_) {
      const auto most = std::max_element(
          times.begin(), times.end(),
          [](const auto& one, const auto& other) { return one.second < other.second; });
      cells += most == times.end() ? ' ' : most->first;
    }
    return cells;
  }

 private:
  Instant from_;
  Duration cell_;
  std::vector<std::map<char, Duration>> time_;
};

std::string axis(std::size_t width, int cells, Duration total) {
  const std::string end = fmt::format("{:.0f} s", seconds(total));
  return fmt::format("{:{}}  0 s{:>{}}\n", "", width, end, cells - 3);
}

}  // namespace

std::string timeline(const Utilisation& use, int columns) {
  constexpr int least_columns = 30;
  if (use.total() <= Duration{} || use.slots.empty()) return {};
  std::size_t width = 0;
  for (const SlotUse& slot : use.slots) width = std::max(width, slot.slot.size());
  const int cells = std::max(columns, least_columns) - static_cast<int>(width) - 3;
  const Duration cell = use.total() / std::max(cells, 8) + Duration{1};
  StageLetters letters;
  std::map<std::string, Row> rows;
  for (const SlotUse& slot : use.slots)
    rows.emplace(slot.slot, Row(use.from, cell, static_cast<std::size_t>(std::max(cells, 8))));
  for (const SlotSpan& span : use.spans) {
    const auto row = rows.find(span.slot);
    if (row != rows.end()) row->second.add(span, letter_of(span, letters));
  }
  std::string text = axis(width, std::max(cells, 8), use.total());
  for (const SlotUse& slot : use.slots)
    text += fmt::format("{:<{}} |{}|\n", slot.slot, width, rows.at(slot.slot).text());
  return text + letters.legend() + "\n";
}

}  // namespace plugrig
