#include "tests/faults/crash_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "rig/core/yaml.hpp"
#include "rig/engine/other_unit.hpp"

namespace plugrig::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kText =
    "sequence: crash\n"
    "stages:\n"
    "  - stage: flash\n"
    "    steps: [{real.identify: {}}, {real.write: {}, retries: 1}]\n"
    "  - stage: configure\n"
    "    steps: [{real.configure: {}}]\n"
    "  - stage: measure\n"
    "    steps: [{real.measure: {}}, {real.finish: {}}]\n"
    "clean_up: [{real.rest: {}}]\n";

struct NullSink final : EventSink {
  void on(const Event&) noexcept override {}
};

}  // namespace

template <typename Write>
auto DyingRecorder::call(Write write) {
  const std::scoped_lock guard(lock_);
  ++calls_;
  const bool last = !died_ && dies_at_ > 0 && calls_ >= dies_at_;
  if (last) died_ = true;
  if (died_ && !last) throw Fault("store.io", Blame::host, "The rig is dead.", "Resume.");
  if (!last) return write();
  if (on_death) on_death();
  if (last_is_written_) write();
  throw Fault("store.io", Blame::host, "The rig died.", "Resume.");
}

std::optional<UtcTime> DyingRecorder::last_recorded() { return recorder_.last_recorded(); }
void DyingRecorder::prove_writable() {
  const std::scoped_lock guard(lock_);
  if (died_) throw Fault("store.io", Blame::host, "The rig is dead.", "Resume.");
}
std::string DyingRecorder::begin_run(const RunInfo& info) {
  return call([&] { return recorder_.begin_run(info); });
}
void DyingRecorder::end_run(const std::string& run_id, UtcTime ended) {
  call([&] { recorder_.end_run(run_id, ended); });
}
void DyingRecorder::begin_unit(const UnitStart& unit) {
  call([&] { recorder_.begin_unit(unit); });
}
void DyingRecorder::append_attempt(const std::string& unit_id, const AttemptRecord& attempt) {
  call([&] { recorder_.append_attempt(unit_id, attempt); });
}
void DyingRecorder::set_fact(const std::string& unit_id, std::string_view name,
                             std::string_view value) {
  call([&] { recorder_.set_fact(unit_id, name, value); });
}
Attachment DyingRecorder::keep_file(const std::string& unit_id, std::string_view name,
                                    std::string_view media_type,
                                    std::span<const std::uint8_t> bytes, bool sensitive) {
  return call([&] { return recorder_.keep_file(unit_id, name, media_type, bytes, sensitive); });
}
void DyingRecorder::finish_unit(const std::string& unit_id, const UnitEnd& end) {
  call([&] { recorder_.finish_unit(unit_id, end); });
}

struct CrashWorld::Port final : SlotPort {
  SlotDevices open(const Deadline&) override { return {}; }
  void close() noexcept override {}
};

CrashWorld::CrashWorld(const std::filesystem::path& store, int units)
    : store_file_(store), wanted_(units), clock_(make_virtual_clock()), registry_(make_steps()) {
  Problems problems;
  const yaml::Document document = yaml::parse("crash.yaml", kText, problems);
  sequence_ = read_sequence(document, registry_, VariableSources{VariableValues{}}, problems);
  problems.add_source("crash.yaml", kText);
  if (problems.any_error()) throw std::logic_error(problems.render());
  for (int i = 0; i < 2; ++i) ports_.push_back(std::make_unique<Port>());
}

CrashWorld::~CrashWorld() = default;

StepRegistry CrashWorld::make_steps() {
  StepRegistry registry;
  const auto add = [&](std::string name, std::function<void(StepContext&, RealUnit&)> run,
                       std::function<void(StepContext&, RealUnit&)> prove) {
    StepType type;
    type.name = std::move(name);
    type.default_timeout = seconds{60};
    type.run = [this, run](StepContext& context) { run(context, *slots_.at(context.slot())); };
    if (prove) {
      type.prove = [this, prove](StepContext& context) {
        prove(context, *slots_.at(context.slot()));
      };
    }
    registry.add(std::move(type));
  };
  const auto identify = [](StepContext& context, RealUnit& unit) {
    context.clock().sleep_for(milliseconds{300}, context.deadline());
    const auto known = context.facts().find("mac");
    if (known != context.facts().end() && known->second != unit.mac)
      throw other_unit(known->second, context.slot(), unit.mac);
    context.fact("mac", unit.mac);
  };
  add("real.identify", identify, identify);
  add(
      "real.write",
      [](StepContext& context, RealUnit& unit) {
        unit.written = false;
        unit.configured = false;
        context.clock().sleep_for(seconds{2}, context.deadline());
        unit.written = true;
        context.fact("written", "yes");
      },
      [](StepContext&, RealUnit& unit) {
        if (!unit.written) throw Fault("real.digest", Blame::unit, "Not written.", "Write.");
      });
  add(
      "real.configure",
      [](StepContext& context, RealUnit& unit) {
        context.clock().sleep_for(seconds{1}, context.deadline());
        if (!unit.written) throw Fault("real.silent", Blame::unit, "It does not boot.", "Write.");
        unit.configured = true;
      },
      [](StepContext&, RealUnit& unit) {
        if (!unit.configured) throw Fault("real.settings", Blame::unit, "Not set.", "Set.");
      });
  add("real.measure",
      [](StepContext& context, RealUnit& unit) {
        context.clock().sleep_for(seconds{1}, context.deadline());
        Measurement measurement;
        measurement.id = "power";
        measurement.value = unit.bad ? 9 : 1;
        measurement.high = 2;
        context.measure(measurement);
      },
      {});
  const auto rest = [](StepContext& context, RealUnit&) {
    context.clock().sleep_for(milliseconds{100}, context.deadline());
  };
  add("real.finish", rest, {});
  add("real.rest", rest, {});
  return registry;
}

RealUnit& CrashWorld::put_in(const std::string& slot, int number) {
  const std::string mac = fmt::format("48:55:19:00:00:{:02X}", number);
  auto& unit = units_[mac];
  if (!unit) unit = std::make_unique<RealUnit>(RealUnit{.mac = mac, .bad = number % 4 == 0});
  slots_[slot] = unit.get();
  return *unit;
}

int CrashWorld::carry_out(int dies_at, bool last_is_written, std::optional<LeftRun> left) {
  RecordStore store(store_file_);
  DyingRecorder recorder(store, dies_at, last_is_written);
  NullSink sink;
  RunOptions options;
  options.bench = "two";
  options.units = wanted_;
  options.left = std::move(left);
  options.next_unit = [this](const std::string& slot, int number, const Deadline&) {
    put_in(slot, number);
    return true;
  };
  const auto seat = clock_->reserve("test");
  seat->enter();
  Run run(sequence_, {{"F1", ports_[0].get()}, {"F2", ports_[1].get()}}, *clock_, sink, recorder,
          options);
  recorder.on_death = [&run] { run.request_stop(StopReason::request); };
  try {
    run_id_ = run.run().run_id;
  } catch (const Fault&) {
    // It died before the run had begun.
  }
  seat->leave();
  return recorder.calls();
}

int CrashWorld::run(int dies_at, bool last_is_written) {
  return carry_out(dies_at, last_is_written, {});
}

bool CrashWorld::resume(int dies_at, bool last_is_written) {
  std::optional<LeftRun> left;
  {
    const RecordStore store(store_file_);
    for (const RunRecord& run : store.runs()) {
      if (run.ended) continue;
      run_id_ = run.run_id;
      left = what_is_left(sequence_, run.run_id, store.units_of(run.run_id), {"F1", "F2"});
    }
  }
  if (!left) return false;
  carry_out(dies_at, last_is_written, std::move(left));
  return true;
}

void CrashWorld::harm(std::mt19937_64& chance) {
  std::set<std::string> finished;
  {
    const RecordStore store(store_file_);
    for (const UnitRecord& unit : store.last_units(1000)) {
      if (unit.ended && unit.facts.contains("mac")) finished.insert(unit.facts.at("mac"));
    }
  }
  for (auto& [slot, unit] : slots_) {
    if (finished.contains(unit->mac)) continue;
    if (chance() % 4 == 0) unit->configured = false;
    if (chance() % 6 == 0) unit->written = unit->configured = false;
  }
}

void CrashWorld::swap_units() {
  if (slots_.size() == 2) std::swap(slots_.at("F1"), slots_.at("F2"));
}

}  // namespace plugrig::test
