#include "rig/cli/commands/trial_lines.hpp"

#include <fmt/format.h>

#include <ostream>
#include <variant>

#include "reports/display.hpp"
#include "rig/cli/commands/trials.hpp"

namespace plugrig::cli {

TrialLines::TrialLines(Console* console, EventSink* next,
                       std::function<std::string(const std::string& build)> build_name)
    : console_(console), next_(next), build_name_(std::move(build_name)) {}

void TrialLines::on(const Event& event) noexcept {
  {
    const std::scoped_lock guard(lock_);
    if (const auto* run = std::get_if<event::RunStarted>(&event.body)) run_id_ = run->run_id;
    if (std::holds_alternative<event::SlotStarted>(event.body))
      running_[event.slot] = {"", event.at};
    if (const auto* fact = std::get_if<event::UnitFact>(&event.body);
        fact != nullptr && fact->name == kBuildFact)
      running_[event.slot].build = fact->value;
    if (const auto* ended = std::get_if<event::UnitEnded>(&event.body)) print(event, *ended);
  }
  if (next_ != nullptr) next_->on(event);
}

std::string TrialLines::run_id() const {
  const std::scoped_lock guard(lock_);
  return run_id_;
}

void TrialLines::print(const Event& event, const event::UnitEnded& ended) {
  ++count_;
  if (console_ == nullptr) return;
  const auto& trial = running_[event.slot];
  const double took_s = std::chrono::duration<double>(event.at - trial.began).count();
  console_->out << fmt::format(
      "{:>4}  {:<4} {:<24} {:<10} {:>5.0f} s  {}\n", count_, event.slot, build_name_(trial.build),
      to_display(ended.verdict), took_s,
      ended.fault_id.empty() ? "" : fmt::format("{}: {}", ended.fault_id, ended.happened));
}

}  // namespace plugrig::cli
