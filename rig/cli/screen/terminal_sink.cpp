#include <fmt/format.h>

#include <mutex>
#include <ostream>

#include "rig/cli/screen/sinks.hpp"
#include "rig/cli/screen/slot_rows.hpp"

namespace plugrig::cli {
namespace {

/// The rows are redrawn at most every so often of bench time, and at every end.
constexpr Duration redraw_every = std::chrono::milliseconds{200};

class TerminalSink final : public EventSink {
 public:
  TerminalSink(std::ostream& out, int columns, bool colour)
      : out_(out), columns_(columns), colour_(colour) {}

  void on(const Event& event) noexcept override {
    const std::lock_guard lock(mutex_);
    if (!rows_.apply(event)) return;
    const bool progress = std::holds_alternative<event::StepProgress>(event.body);
    if (progress && event.at < drawn_at_ + redraw_every) return;
    drawn_at_ = event.at;
    draw();
  }

 private:
  void draw() {
    std::string text;
    if (drawn_rows_ > 0) text += fmt::format("\x1b[{}A", drawn_rows_);
    for (const auto& row : rows_.rows())
      text += "\r\x1b[2K" + coloured(row, row_text(row, columns_ - 1)) + "\n";
    drawn_rows_ = rows_.rows().size();
    out_ << text << std::flush;
  }

  [[nodiscard]] std::string coloured(const SlotRow& row, const std::string& text) const {
    if (!colour_ || row.verdict.empty()) return text;
    const auto* code = row.verdict == "PASS" ? "32" : row.verdict == "FAIL" ? "31" : "33";
    return fmt::format("\x1b[1;{}m{}\x1b[0m", code, text);
  }

  std::mutex mutex_;
  std::ostream& out_;
  const int columns_;
  const bool colour_;
  SlotRows rows_;
  std::size_t drawn_rows_ = 0;
  Instant drawn_at_ = Instant::min();
};

}  // namespace

std::unique_ptr<EventSink> make_terminal_sink(std::ostream& out, int columns, bool colour) {
  return std::make_unique<TerminalSink>(out, columns, colour);
}

}  // namespace plugrig::cli
