#pragma once

#include <optional>
#include <string>

#include "rig/metrology/point_result.hpp"
#include "tests/unit/power_steps/bench.hpp"
#include "tests/unit/steps/fake_context.hpp"

namespace plugrig::fake {

/// What one step left behind.
struct StepOutcome {
  std::optional<Fault> fault;
  std::vector<Measurement> measurements;
  std::map<std::string, std::vector<std::uint8_t>> attachments;
  std::vector<std::string> said;
  double took_s = 0;

  [[nodiscard]] std::string fault_id() const { return fault ? fault->id() : ""; }
  [[nodiscard]] metrology::CalibrationRecord record(const std::string& series) const;
  [[nodiscard]] std::string all_said() const;
};

/// One slot with a plug, in virtual time; facts live on from step to step.
class Rig {
 public:
  explicit Rig(unsigned seed = 1, double wander = 1.5e-3);

  std::unique_ptr<Clock> clock = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat = clock->reserve("test");
  Mains mains;
  Circuit circuit{mains};
  Plug plug{*clock, circuit};
  Meter meter{*clock, circuit, "reference"};
  Gate gate{*clock, circuit, plug, meter};
  Network network{plug};
  PlugInfo product;
  std::map<std::string, std::string, std::less<>> facts;
  std::optional<UtcTime> last_record;
  std::string unit_id = "EP2-0001";
  std::vector<AttemptRecord> attempts;  ///< the record that later steps see

  StepOutcome run(const std::string& step, const std::string& yaml_params = "");
  /// Runs `body` as a step would run.
  StepOutcome run(const std::function<void(StepContext&)>& body);

 private:
  StepOutcome run(const StepType& type, const std::string& yaml_params);
};

}  // namespace plugrig::fake
