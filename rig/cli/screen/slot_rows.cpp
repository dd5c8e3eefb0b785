#include "rig/cli/screen/slot_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

namespace plugrig::cli {
namespace {

constexpr int bar_cells = 16;
constexpr int narrow_columns = 100;

double seconds_in_phase(const SlotRow& row) {
  return std::chrono::duration<double>(row.now - row.phase_started).count();
}

double bytes_per_s(const SlotRow& row) {
  const auto seconds = seconds_in_phase(row);
  if (seconds < 0.2 || row.done <= row.done_at_start) return 0;
  return static_cast<double>(row.done - row.done_at_start) / seconds;
}

std::string bar(const SlotRow& row) {
  const auto share = static_cast<double>(row.done) / static_cast<double>(row.total);
  const auto full = std::clamp(static_cast<int>(share * bar_cells), 0, bar_cells);
  return fmt::format("[{}{}] {:3.0f} %", std::string(static_cast<std::size_t>(full), '#'),
                     std::string(static_cast<std::size_t>(bar_cells - full), '.'), share * 100);
}

std::string time_left(const SlotRow& row) {
  const auto rate = bytes_per_s(row);
  if (rate <= 0 || row.total <= row.done) return "";
  return fmt::format("{:.0f} s left", static_cast<double>(row.total - row.done) / rate);
}

void begin_phase(SlotRow& row, Instant at, const event::StepProgress& progress) {
  row.phase = progress.phase;
  row.phase_started = at;
  row.done_at_start = progress.done;
}

SlotRow fresh_row(const std::string& slot) {
  SlotRow row;
  row.slot = slot;
  return row;
}

void clear_progress(SlotRow& row) {
  row.phase.clear();
  row.address = row.done = row.total = 0;
}

}  // namespace

SlotRow& SlotRows::row(const std::string& slot) {
  const auto found =
      std::find_if(rows_.begin(), rows_.end(), [&](const auto& r) { return r.slot == slot; });
  if (found != rows_.end()) return *found;
  return rows_.emplace_back(fresh_row(slot));
}

bool SlotRows::apply(const Event& event) {
  if (event.slot.empty()) return false;
  auto& row = this->row(event.slot);
  row.now = event.at;
  return std::visit(
      [&](const auto& body) {
        using Body = std::decay_t<decltype(body)>;
        if constexpr (std::is_same_v<Body, event::SlotStarted>) {
          row = fresh_row(event.slot);
          row.now = event.at;
        } else if constexpr (std::is_same_v<Body, event::StepStarted>) {
          row.step = body.attempt > 1 ? fmt::format("{} ({})", body.step, body.attempt) : body.step;
          clear_progress(row);
        } else if constexpr (std::is_same_v<Body, event::StepProgress>) {
          if (row.phase != body.phase) begin_phase(row, event.at, body);
          row.address = body.address;
          row.done = body.done;
          row.total = body.total;
          row.unit = body.unit;
        } else if constexpr (std::is_same_v<Body, event::StepSaid>) {
          row.last = body.text;
        } else if constexpr (std::is_same_v<Body, event::UnitFact>) {
          if (body.name == "mac") row.mac = body.value;
        } else if constexpr (std::is_same_v<Body, event::StepEnded>) {
          clear_progress(row);
          if (!body.happened.empty()) row.last = body.happened;
        } else if constexpr (std::is_same_v<Body, event::UnitEnded>) {
          clear_progress(row);
          row.step.clear();
          row.verdict = body.recorded ? std::string(to_display(body.verdict)) : "NOT RECORDED";
          if (!body.happened.empty()) row.last = body.happened;
        } else {
          return false;
        }
        return true;
      },
      event.body);
}

std::string rate_text(const SlotRow& row) {
  const auto rate = bytes_per_s(row);
  return rate > 0 ? fmt::format("{:.1f} KiB/s", rate / 1024) : "";
}

std::string shortened(const std::string& text, int columns) {
  // Counted in characters: bytes that do not continue a UTF-8 sequence.
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) starts.push_back(i);
  const auto wanted = static_cast<std::size_t>(std::max(columns, 3));
  if (starts.size() <= wanted) return text;
  const auto head = wanted / 2;
  const auto tail = wanted - head - 1;
  return text.substr(0, starts[head]) + "…" + text.substr(starts[starts.size() - tail]);
}

std::string row_text(const SlotRow& row, int columns) {
  std::string text = fmt::format("{:<4}", row.slot);
  if (columns >= narrow_columns) text += fmt::format(" {:<17}", row.mac.empty() ? "-" : row.mac);
  if (!row.verdict.empty()) return shortened(text + "  " + row.verdict + "  " + row.last, columns);
  text += fmt::format("  {:<14}", row.step);
  if (row.phase.empty()) return shortened(text + " " + row.last, columns);
  text += fmt::format(" {:<9}", row.phase);
  if (row.total > 0 && row.unit != "bytes")
    text += fmt::format(" {} {} of {} {}", bar(row), row.done, row.total, row.unit);
  else if (row.total > 0)
    text += fmt::format(" 0x{:06X} {} {:>11} {:>10}", row.address, bar(row), rate_text(row),
                        time_left(row));
  else
    text += fmt::format(" {:.0f} s", seconds_in_phase(row));
  return shortened(text, columns);
}

}  // namespace plugrig::cli
