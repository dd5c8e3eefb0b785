#include "tests/unit/engine/harness.hpp"

#include <map>
#include <stdexcept>

namespace plugrig::test {
namespace {

struct Describe {
  std::string operator()(const event::RunStarted& e) const { return "run " + e.run_id; }
  std::string operator()(const event::SlotStarted& e) const { return "slot " + e.unit_id; }
  std::string operator()(const event::StageStarted& e) const { return "stage " + e.stage; }
  std::string operator()(const event::StepStarted& e) const {
    return fmt::format("start {} {}/{}", e.step, e.attempt, e.attempts);
  }
  std::string operator()(const event::StepProgress& e) const {
    return fmt::format("progress {} {} {}/{}", e.step, e.phase, e.done, e.total);
  }
  std::string operator()(const event::StepSaid& e) const { return "said " + e.text; }
  std::string operator()(const event::UnitFact& e) const {
    return fmt::format("fact {}={}", e.name, e.value);
  }
  std::string operator()(const event::Measured& e) const {
    return fmt::format("measured {} {} {}", e.id, e.value, to_string(e.verdict));
  }
  std::string operator()(const event::StepEnded& e) const {
    return fmt::format("end {} {} {}{}{}", e.step, e.attempt, to_string(e.verdict),
                       e.fault_id.empty() ? "" : " " + e.fault_id + " " + e.blame,
                       e.will_retry ? " retry" : "");
  }
  std::string operator()(const event::UnitEnded& e) const {
    return fmt::format("unit {}{}{}{}", to_string(e.verdict), e.first_pass ? " first" : "",
                       e.recorded ? "" : " NOT RECORDED",
                       e.fault_id.empty() ? "" : " " + e.fault_id);
  }
  std::string operator()(const event::SlotWaits& e) const { return "waits " + e.next; }
  std::string operator()(const event::LeaseWaits& e) const {
    return fmt::format("waits for {} of {}", e.resource, e.holder);
  }
  std::string operator()(const event::LeaseTaken& e) const { return "took " + e.resource; }
  std::string operator()(const event::LeaseGiven& e) const { return "gave " + e.resource; }
  std::string operator()(const event::RunEnded& e) const {
    return fmt::format("ended {}/{}/{}", e.passed, e.failed, e.other);
  }
};

}  // namespace

void LogSink::on(const Event& event) noexcept {
  const std::string slot = event.slot.empty() ? "" : event.slot + ": ";
  log_.add(slot + std::visit(Describe{}, event.body));
  json.add(to_json(event));
}

void Harness::step(const std::string& name, Body body, Duration timeout) {
  StepType type;
  type.name = name;
  type.fields = {{.name = "text", .type = FieldType::text},
                 {.name = "secret", .type = FieldType::secret}};
  type.default_timeout = timeout;
  type.run = std::move(body);
  registry.add(std::move(type));
}

void Harness::failing(const std::string& name, int times, Blame blame) {
  auto seen = std::make_shared<int>(0);
  step(name, [=](StepContext&) {
    if (++*seen <= times) throw Fault("test.fault", blame, "It broke.", "Mend it.");
  });
}

FakePort& Harness::port() {
  ports.push_back(std::make_unique<FakePort>(log, *clock));
  return *ports.back();
}

RunResult Harness::run(const std::string& text, int slots) {
  Problems problems;
  const yaml::Document document = yaml::parse("test.yaml", text, problems);
  const VariableSources sources(values, look_up_secrets({{}, secrets, {}}));
  const Sequence sequence = read_sequence(document, registry, sources, problems);
  problems.add_source("test.yaml", text);
  EXPECT_FALSE(problems.any_error()) << problems.render();
  if (problems.any_error()) throw std::logic_error("the test's sequence is wrong");
  while (ports.size() < static_cast<std::size_t>(slots)) port();
  std::vector<RunSlot> run_slots;
  for (int i = 0; i < slots; ++i) {
    run_slots.push_back({fmt::format("F{}", i + 1), ports[static_cast<std::size_t>(i)].get()});
  }
  const auto seat = clock->reserve("test");
  seat->enter();
  Run run(sequence, run_slots, *clock, sink, recorder, options);
  active = &run;
  RunResult result = run.run();
  active = nullptr;
  return result;
}

RunResult Harness::run_steps(const std::vector<std::string>& items,
                             const std::vector<std::string>& clean_up, const std::string& rest) {
  std::string text = "sequence: test\n" + rest + "stages:\n  - stage: one\n    steps:\n";
  for (const std::string& item : items) text += "      - {" + item + "}\n";
  if (!clean_up.empty()) text += "clean_up:\n";
  for (const std::string& item : clean_up) text += "  - {" + item + "}\n";
  return run(text);
}

}  // namespace plugrig::test
