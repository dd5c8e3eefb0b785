#pragma once

#include <iosfwd>

#include "rig/cli/commands/run_options.hpp"
#include "rig/engine/plan.hpp"

/// The plan of a run, held against what the run then does.
namespace plugrig::cli {

/// Takes the run's events on their way to the screen. Outlived by the screen.
class RunPlan final : public EventSink {
 public:
  /// `handling`: of a simulated bench. `units` 0: one a slot.
  RunPlan(const Prepared& prepared, int units, Duration handling, EventSink& screen);

  void on(const Event& event) noexcept override;

  /// Plan and run so far.
  [[nodiscard]] PlanDeviation deviation() const;
  /// A table of it, or one line of JSON.
  void print(bool json, std::ostream& out) const;

 private:
  Utilisation planned_;
  UtilisationCollector actual_;
  EventSink& screen_;
};

}  // namespace plugrig::cli
