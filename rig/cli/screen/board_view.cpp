#include "rig/cli/screen/board_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "rig/cli/screen/bars.hpp"
#include "rig/cli/screen/verdict_field.hpp"

namespace plugrig::cli {
namespace {

constexpr int kNarrowest = 40;
constexpr int kHeadLines = 2;
constexpr int kFootLines = 2;
constexpr int kBlockLines = 3;
constexpr std::size_t kKeyedSlots = 9;  ///< slots that have a digit for a key

struct KeyHelp {
  std::string_view key;
  std::string_view does;
};
constexpr std::array key_help{
    KeyHelp{"s or q", "stop all slots, at once: load and mains off, units are STOPPED"},
    KeyHelp{"1-9, arrows", "choose a slot"},
    KeyHelp{"x", "stop the chosen slot"},
    KeyHelp{"r, then y", "test the unit in the chosen slot again"},
    KeyHelp{"w", "why the chosen slot waits"},
    KeyHelp{"?", "this list"},
    KeyHelp{"Ctrl-C", "stop all slots, also while a question is open"},
};

std::string time_text(Duration time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  return fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

class View {
 public:
  View(const BoardState& state, const BoardTalk& talk, const BoardLook& look)
      : state_(state), talk_(talk), look_(look), columns_(std::max(look.columns, kNarrowest)) {}

  std::vector<Line> draw() {
    head();
    if (talk_.help)
      help();
    else
      slots();
    const auto body = static_cast<int>(lines_.size());
    if (look_.rows > 0)
      lines_.resize(static_cast<std::size_t>(std::max(look_.rows - kFootLines, kHeadLines)));
    else if (body > kHeadLines && lines_.back().empty())
      lines_.pop_back();
    foot();
    for (auto& line : lines_) line = fitted(line, columns_, look_.ascii);
    return std::move(lines_);
  }

 private:
  [[nodiscard]] std::string clean(std::string_view text) const {
    return for_terminal(text, look_.ascii);
  }
  [[nodiscard]] std::string arrow() const { return look_.ascii ? "-> " : "→ "; }

  void head() {
    const auto& count = state_.count();
    auto text = clean(fmt::format(" {}  {}", state_.bench(), state_.sequence()));
    std::string units = fmt::format("{} unit{}", count.records(), count.records() == 1 ? "" : "s");
    if (state_.planned() > 1)
      units = fmt::format("{} of {} units", count.records(), state_.planned());
    std::string figures =
        units + fmt::format("  {} PASS  {} FAIL  {} other", count.pass(), count.fail(),
                            count.records() - count.pass() - count.fail());
    if (const auto yield = count.first_pass_yield())
      figures += fmt::format("  FPY {:.0f} %", *yield * 100);
    if (const auto rate = state_.units_per_hour()) figures += fmt::format("  {:.0f}/h", *rate);
    figures += "  " + time_text(state_.now() - state_.started()) + " ";
    const int left = columns_ - cells_of(figures) - 1;
    lines_.push_back({{fitted(text, left, look_.ascii) + " " + figures, Style::inverse}});
    lines_.emplace_back();
  }

  void help() {
    for (const auto& [key, does] : key_help)
      lines_.push_back({{fmt::format("  {:<13}", key), Style::bold}, {std::string(does)}});
    lines_.emplace_back();
    lines_.push_back(
        {{"  A unit is never started by one key, and what a scanner sends is no key."}});
  }

  void slots() {
    const auto& slots = state_.slots();
    const auto count = static_cast<int>(slots.size());
    const int room =
        look_.rows > 0 ? look_.rows - kHeadLines - kFootLines : count * (kBlockLines + 1);
    if (kBlockLines * count > room) {
      one_line_each(std::max(room, 1));
      return;
    }
    const bool gaps = (kBlockLines + 1) * count - 1 <= room;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      block(slots[i], i);
      if (gaps) lines_.emplace_back();
    }
  }

  /// Those that fit, the selected one among them.
  void one_line_each(int room) {
    const auto& slots = state_.slots();
    std::size_t chosen = 0;
    for (std::size_t i = 0; i < slots.size(); ++i)
      if (slots[i].name == talk_.selected) chosen = i;
    const auto shown = std::min(slots.size(), static_cast<std::size_t>(room));
    const auto first = chosen < shown ? 0 : chosen - shown + 1;
    for (auto i = first; i < first + shown; ++i) {
      const auto& slot = slots[i];
      Line line = name_of(slot, i);
      line.push_back(small_verdict(slot, look_.ascii));
      line.push_back({" " + doing(slot)});
      lines_.push_back(std::move(line));
    }
  }

  [[nodiscard]] Line name_of(const BoardSlot& slot, std::size_t index) const {
    const bool chosen = slot.name == talk_.selected;
    const auto number = index < kKeyedSlots ? std::to_string(index + 1) : std::string(" ");
    const char* mark = !chosen ? " " : look_.ascii ? ">" : "▶";
    const auto identity = slot.identity.empty() ? std::string("-") : clean(slot.identity);
    return {{mark + number + " ", chosen ? Style::bold : Style::dim},
            {fitted(clean(slot.name), 7, look_.ascii), Style::bold},
            {" " + fitted(identity, 18, look_.ascii) + " "}};
  }

  /// All about a slot in one text.
  [[nodiscard]] std::string doing(const BoardSlot& slot) const {
    if (slot.shown == Shown::running) {
      if (slot.wait) return waits(slot);
      auto text = step_of(slot);
      if (slot.progress)
        text += " " + progress_text(*slot.progress, state_.now(), look_.ascii);
      else if (!slot.said.empty())
        text += ": " + clean(slot.said);
      return text;
    }
    // What to do counts more than all that happened.
    const auto next = arrow() + next_of(slot);
    if (slot.blame.empty()) return next;
    return clean(slot.blame) + " " + next;
  }

  [[nodiscard]] std::string step_of(const BoardSlot& slot) const {
    if (slot.step.empty()) return "";
    return slot.attempt > 1 ? fmt::format("{} (attempt {})", clean(slot.step), slot.attempt)
                            : clean(slot.step);
  }

  [[nodiscard]] std::string waits(const BoardSlot& slot) const {
    const auto& wait = *slot.wait;
    auto text = fmt::format("waits {} for the {}", time_text(state_.now() - wait.since),
                            clean(wait.resource));
    if (!wait.holder.empty()) text += ": " + clean(wait.holder) + " has it";
    if (!wait.purpose.empty()) text += ", " + clean(wait.purpose);
    return text;
  }

  /// "contact: No answer. [esp.sync.silent]"
  [[nodiscard]] std::string culprit(const BoardSlot& slot) const {
    auto text = slot.blame.empty() ? std::string() : slot.blame + ": ";
    text += slot.happened;
    if (!slot.fault_id.empty()) text += " [" + slot.fault_id + "]";
    return clean(text);
  }

  [[nodiscard]] std::string next_of(const BoardSlot& slot) const {
    if (!slot.next.empty()) return clean(slot.next);
    if (slot.shown == Shown::nothing) return state_.over() ? "" : "Load a unit.";
    return "Take the unit out.";
  }

  [[nodiscard]] Line details(const std::string& text, Style style = Style::plain) const {
    return {{"   "}, {text, style}};
  }

  void block(const BoardSlot& slot, std::size_t index) {
    const int field = verdict_cells(columns_);
    const int left = columns_ - field - 1;
    const auto time =
        time_text((slot.shown == Shown::running ? state_.now() : slot.ended) - slot.started);
    std::array<Line, 3> text;
    text[0] = name_of(slot, index);
    if (slot.shown == Shown::running)
      running(slot, left - 3, text);
    else
      ended(slot, left - 3, time, text);
    const auto verdict = verdict_field(slot, time, field, look_.ascii);
    for (std::size_t i = 0; i < text.size(); ++i) {
      Line line = fitted(text.at(i), left, look_.ascii);
      line.push_back({" "});
      line.insert(line.end(), verdict.at(i).begin(), verdict.at(i).end());
      lines_.push_back(std::move(line));
    }
  }

  void running(const BoardSlot& slot, int cells, std::array<Line, 3>& text) const {
    text[0].push_back({step_of(slot)});
    std::vector<Line> rest;
    if (slot.progress)
      rest.push_back(details(progress_text(*slot.progress, state_.now(), look_.ascii)));
    if (slot.wait) rest.push_back(details(waits(slot), Style::bold));
    if (slot.error) rest.push_back(details(error_text(*slot.error, cells, look_.ascii)));
    if (!slot.said.empty()) rest.push_back(details(clean(slot.said), Style::dim));
    for (std::size_t i = 0; i < rest.size() && i < 2; ++i) text.at(i + 1) = rest[i];
  }

  void ended(const BoardSlot& slot, int cells, const std::string& time,
             std::array<Line, 3>& text) const {
    if (verdict_look(slot.shown)) text[0].push_back({"in " + time, Style::dim});
    if (!slot.happened.empty())
      text[1] = details(culprit(slot));
    else if (slot.error)
      text[1] = details(error_text(*slot.error, cells, look_.ascii));
    text[2] = details(arrow() + next_of(slot), Style::bold);
  }

  void foot() {
    if (!talk_.prompt.empty())
      lines_.push_back(
          {{clean(talk_.prompt), Style::inverse}, {clean(talk_.typed)}, {look_.ascii ? "_" : "▏"}});
    else
      lines_.push_back({{clean(talk_.notice), Style::bold}});
    if (!talk_.keys)
      lines_.push_back({{" Ctrl-C stop all", Style::dim}});
    else if (!talk_.prompt.empty())
      lines_.push_back({{" Enter answer   Ctrl-C stop all", Style::dim}});
    else
      lines_.push_back(
          {{" s stop all   1-9 choose a slot   x stop it   r test again   w why   ? help",
            Style::dim}});
  }

  const BoardState& state_;
  const BoardTalk& talk_;
  const BoardLook& look_;
  const int columns_;
  std::vector<Line> lines_;
};

}  // namespace

std::vector<Line> board_lines(const BoardState& state, const BoardTalk& talk,
                              const BoardLook& look) {
  return View(state, talk, look).draw();
}

std::string_view word_of(Shown shown) {
  const auto look = verdict_look(shown);
  return look ? look->word : std::string_view{};
}

}  // namespace plugrig::cli
