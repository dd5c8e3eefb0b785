#include "tests/unit/power_steps/rig.hpp"

#include <gtest/gtest.h>

#include "sequences/steps/library.hpp"

namespace plugrig::fake {

metrology::CalibrationRecord StepOutcome::record(const std::string& series) const {
  const auto& bytes = attachments.at(metrology::calibration_file(series));
  return metrology::calibration_from_json({reinterpret_cast<const char*>(bytes.data()),  // NOLINT
                                           bytes.size()});
}

std::string StepOutcome::all_said() const {
  std::string all;
  for (const auto& line : said) all += line + "\n";
  return all;
}

Rig::Rig(unsigned seed, double wander) : mains(230, wander, seed) {
  seat->enter();
  product.metering = "BL0937";
  product.voltage_cal = {1300, 2100};
  product.current_cal = {2800, 4200};
  product.power_cal = {7500, 13500};
  product.consistency = {1.7e-3, 1.93e-3};
}

StepOutcome Rig::run(const std::string& step, const std::string& yaml_params) {
  StepRegistry registry;
  steps::add_power_steps(registry);
  const auto* type = registry.find(step);
  if (type == nullptr) throw std::logic_error("no step " + step);
  return run(*type, yaml_params);
}

StepOutcome Rig::run(const std::function<void(StepContext&)>& body) {
  return run(StepType{.name = "test", .run = body}, "");
}

StepOutcome Rig::run(const StepType& type, const std::string& yaml_params) {
  FakeContext context(type, yaml_params, clock.get());
  EXPECT_EQ(context.problems_text, "");
  context.known = facts;
  context.mains_access = &gate;
  context.devices().network = &network;
  context.plug_info = product;
  context.unit_record.unit_id = unit_id;
  context.unit_record.attempts = attempts;
  context.last_record = last_record;
  StepOutcome outcome;
  const auto start = clock->now();
  try {
    type.run(context);
  } catch (const Fault& fault) {
    outcome.fault = fault;
  }
  outcome.took_s = seconds_of(clock->now()) - seconds_of(start);
  facts = context.known;
  outcome.measurements = context.measurements;
  outcome.attachments = context.attachments;
  outcome.said = context.said;
  return outcome;
}

}  // namespace plugrig::fake
