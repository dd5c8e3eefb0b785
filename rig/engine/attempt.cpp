#include "rig/engine/attempt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rig/engine/verdict.hpp"

namespace plugrig {
namespace {

/// Long enough for the buffer capacitors of a plug's 3.3 V supply to run empty, so that the chip
/// sees a power-on reset and not a dip.
constexpr Duration kSupplyOff = std::chrono::seconds{2};

class AttemptContext final : public StepContext {
 public:
  AttemptContext(const AttemptSetting& setting, AttemptRecord& attempt, FieldValues params)
      : setting_(setting), attempt_(attempt), params_(std::move(params)) {}

  [[nodiscard]] const FieldValues& params() const override { return params_; }
  [[nodiscard]] SlotDevices& devices() override { return setting_.devices; }
  [[nodiscard]] Clock& clock() override { return setting_.clock; }
  [[nodiscard]] const Deadline& deadline() const override {
    deadline_ = setting_.due();
    return deadline_;
  }
  [[nodiscard]] const PlugInfo& plug() const override { return setting_.plug; }
  [[nodiscard]] std::string slot() const override { return setting_.journal.slot(); }
  [[nodiscard]] MainsAccess& mains() override {
    if (setting_.mains != nullptr) return *setting_.mains;
    throw Fault("safety.no_mains", Blame::config,
                "This step asks for mains, and this stage or slot has none.",
                "Move the step to a stage with 'mains: on', on a slot with a mains relay.");
  }
  [[nodiscard]] const UnitRecord& record() const override { return setting_.journal.record(); }
  [[nodiscard]] std::optional<UtcTime> last_recorded() const override {
    return setting_.last_recorded;
  }
  [[nodiscard]] std::vector<SeenUnit> seen_units(std::string_view serial,
                                                 std::string_view mac) const override {
    return setting_.journal.seen_units(serial, mac);
  }
  void add_secret(std::string_view secret) override { setting_.journal.add_secret(secret); }

  void say(std::string text) override { setting_.journal.say(attempt_, text); }
  void progress(std::string_view phase, std::uint32_t address, std::uint32_t done,
                std::uint32_t total) override {
    setting_.journal.progress(attempt_.step, {.step = {},
                                              .phase = std::string(phase),
                                              .address = address,
                                              .done = done,
                                              .total = total});
  }
  void counted(std::string_view phase, std::string_view what, std::uint32_t done,
               std::uint32_t total) override {
    setting_.journal.progress(attempt_.step, {.step = {},
                                              .phase = std::string(phase),
                                              .address = 0,
                                              .done = done,
                                              .total = total,
                                              .unit = std::string(what)});
  }
  void fact(std::string name, std::string value) override { setting_.journal.fact(name, value); }
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& facts() const override {
    return setting_.journal.record().facts;
  }
  void measure(Measurement measurement) override {
    setting_.journal.measured(attempt_, std::move(measurement));
  }
  std::string attach(std::string name, std::string media_type, std::vector<std::uint8_t> bytes,
                     bool sensitive) override {
    return setting_.journal.attach(attempt_, name, media_type, bytes, sensitive);
  }

 private:
  const AttemptSetting& setting_;
  AttemptRecord& attempt_;
  FieldValues params_;
  mutable Deadline deadline_;
};

/// The sequence's variables and what is known of the unit by now.
Variables variables_now(const AttemptSetting& setting) {
  Variables variables = setting.variables;
  const UnitRecord& unit = setting.journal.record();
  for (const auto& [name, value] : unit.facts) variables.values["unit." + name] = value;
  variables.values["unit.slot"] = setting.journal.slot();
  variables.values["unit.id"] = unit.unit_id;
  return variables;
}

FieldValues params_now(const SequenceStep& step, const AttemptSetting& setting) {
  Problems problems;
  FieldValues params = read_fields(step.params, step.type->fields, "step " + step.name, "sequence",
                                   problems, variables_now(setting));
  if (problems.any_error()) {
    throw Fault("step.parameters", Blame::config,
                fmt::format("Step {} cannot run with these parameters: {}.", step.name,
                            problems.all().front().message),
                "Correct the sequence, or run the step that finds out what it uses before it.",
                {{"problems", problems.render()}});
  }
  for (const FieldSpec& field : step.type->fields) {
    if (field.type == FieldType::secret && params.has(field.name)) {
      setting.journal.add_secret(params.text(field.name));
    }
  }
  return params;
}

void power_cycle(AttemptRecord& attempt, const AttemptSetting& setting) {
  if (setting.devices.boot == nullptr) {
    throw Fault("step.power_cycle", Blame::config,
                "The sequence asks for a power-cycle before the retry, and this slot has no "
                "control over the unit's supply or reset.",
                "Remove 'power_cycle_before_retry', or use a slot with control lines.");
  }
  setting.journal.say(attempt, setting.devices.boot->switches_power()
                                   ? "Power-cycling the unit before the retry."
                                   : "Resetting the unit before the retry.");
  setting.devices.boot->power_cycle(kSupplyOff, setting.deadline);
  if (setting.devices.flasher != nullptr) setting.devices.flasher->forget();
}

void put(AttemptRecord& attempt, Verdict verdict, const Fault& fault) {
  attempt.verdict = verdict;
  attempt.fault_id = fault.id();
  attempt.blame = to_string(fault.blame());
  attempt.happened = fault.happened();
  attempt.next = fault.next();
  attempt.evidence.insert(attempt.evidence.end(), fault.evidence().begin(), fault.evidence().end());
}

Fault unexpected(const AttemptRecord& attempt, std::string_view what) {
  return {"engine.unexpected", Blame::software,
          fmt::format("Step {} broke off for an unknown reason: {}.", attempt.step, what),
          "Report this with the text above; the unit must be run again."};
}

void judge_stop(AttemptRecord& attempt, const AttemptSetting& setting) {
  if (!setting.deadline.stop.stop_requested()) {
    put(attempt, Verdict::error, unexpected(attempt, "it was stopped, and nobody stopped it"));
    return;
  }
  attempt.verdict = Verdict::aborted;
  attempt.happened = fmt::format("Stopped while step {} was running.", attempt.step);
  attempt.next = "Run the unit again.";
}

void judge_return(AttemptRecord& attempt, const AttemptSetting& setting) {
  attempt.verdict = Verdict::pass;
  const Duration late = setting.clock.now() - setting.due().at;
  if (setting.deadline.at == Instant::max() || late <= Duration{}) return;
  put(attempt, Verdict::error,
      Fault("step.timeout", Blame::software,
            fmt::format("Step {} ended {:.1f} s after its time was over.", attempt.step,
                        std::chrono::duration<double>(late).count()),
            "Give the step a longer 'timeout', or find out what makes it slow."));
}

std::string limits(const Measurement& m) {
  const std::string low = m.low ? fmt::format("{:g}", *m.low) : "no lower limit";
  const std::string high = m.high ? fmt::format("{:g}", *m.high) : "no upper limit";
  return fmt::format("{} … {}", low, high);
}

Fault outside(const Measurement& m) {
  return {"measurement.outside_limits", Blame::unit,
          fmt::format("{} is {:g} {}, limits {}.", m.id, m.value, m.unit, limits(m)),
          "Set the unit aside as failed."};
}

/// What the measurements say beside what the step itself did. A measurement that failed makes the
/// attempt a fail: what went wrong later stands beside it.
void judge_measurements(AttemptRecord& attempt) {
  const Measurement* worst = nullptr;
  for (const Measurement& m : attempt.measurements) {
    if (m.verdict == Verdict::fail) {
      worst = &m;
      break;
    }
    if (m.verdict > Verdict::pass && (worst == nullptr || m.verdict > worst->verdict)) worst = &m;
  }
  if (worst == nullptr || attempt.verdict == Verdict::fail) return;
  if (worst->verdict == Verdict::fail) {
    if (!attempt.happened.empty()) {
      attempt.evidence.push_back({"afterwards", fmt::format("{} ({}): {}", attempt.fault_id,
                                                            attempt.blame, attempt.happened)});
    }
    put(attempt, Verdict::fail, outside(*worst));
  } else if (attempt.verdict == Verdict::pass) {
    attempt.verdict = worst->verdict;
    attempt.happened = fmt::format("{} is {:g} {}: {}.", worst->id, worst->value, worst->unit,
                                   to_string(worst->verdict));
    attempt.next = "Look at the measurement; repeat it with a smaller uncertainty.";
  }
}

/// Mains went away under the step: whatever it saw or measured since then says nothing about the
/// unit. What it made of it stands beside the gate's own reason. True when that is so.
bool judge_trip(AttemptRecord& attempt, const AttemptSetting& setting) {
  if (!setting.tripped) return false;
  const std::optional<Fault> why = setting.tripped();
  if (!why) return false;
  if (!attempt.fault_id.empty() && attempt.fault_id != why->id()) {
    attempt.evidence.push_back({"the step said", fmt::format("{} ({}): {}", attempt.fault_id,
                                                             attempt.blame, attempt.happened)});
  }
  put(attempt, Verdict::error, *why);
  return true;
}

AttemptRecord begin_attempt(const SequenceStep& step, const AttemptSetting& setting) {
  AttemptRecord attempt;
  attempt.stage = step.stage;
  attempt.step = step.name;
  attempt.step_index = step.index;
  attempt.attempt = setting.attempt;
  return attempt;
}

}  // namespace

AttemptRecord run_guarded(AttemptRecord begun, const AttemptSetting& setting,
                          const std::function<void(AttemptRecord&)>& body) {
  AttemptRecord attempt = std::move(begun);
  const Instant start = setting.clock.now();
  attempt.started = setting.clock.utc();
  try {
    body(attempt);
    judge_return(attempt, setting);
  } catch (const Fault& fault) {
    put(attempt, verdict_of(fault.blame()), fault);
  } catch (const Stopped&) {
    judge_stop(attempt, setting);
  } catch (const std::exception& error) {
    put(attempt, Verdict::error, unexpected(attempt, error.what()));
  } catch (...) {
    put(attempt, Verdict::error, unexpected(attempt, "no description"));
  }
  if (!judge_trip(attempt, setting)) judge_measurements(attempt);
  attempt.ended = setting.clock.utc();
  attempt.took_s = std::chrono::duration<double>(setting.clock.now() - start).count();
  return attempt;
}

AttemptRecord run_attempt(const SequenceStep& step, const AttemptSetting& setting) {
  return run_guarded(begin_attempt(step, setting), setting, [&](AttemptRecord& attempt) {
    if (setting.attempt > 1 && step.power_cycle_before_retry) power_cycle(attempt, setting);
    AttemptContext context(setting, attempt, params_now(step, setting));
    step.type->run(context);
  });
}

void prove_step(const SequenceStep& step, const AttemptSetting& setting, AttemptRecord& attempt) {
  if (!step.type->prove) return;
  AttemptContext context(setting, attempt, params_now(step, setting));
  step.type->prove(context);
}

}  // namespace plugrig
