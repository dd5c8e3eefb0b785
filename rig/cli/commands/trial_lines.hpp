#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "rig/cli/commands/command.hpp"
#include "rig/core/event.hpp"

namespace plugrig::cli {

/// What a comparison of builds tells while it runs, where no board shows it: one line a trial.
/// Keeps the run's id too.
class TrialLines final : public EventSink {
 public:
  /// `build_name`: of a build's number. `next` takes every event too; null = nobody.
  /// Console and `next` outlive this object.
  TrialLines(Console* console, EventSink* next,
             std::function<std::string(const std::string& build)> build_name);
  void on(const Event& event) noexcept override;
  [[nodiscard]] std::string run_id() const;

 private:
  struct Trial {
    std::string build;
    Instant began{};
  };
  void print(const Event& event, const event::UnitEnded& ended);

  Console* console_;
  EventSink* next_;
  const std::function<std::string(const std::string& build)> build_name_;
  mutable std::mutex lock_;
  std::string run_id_;
  std::map<std::string, Trial> running_;  ///< by slot
  int count_ = 0;
};

}  // namespace plugrig::cli
