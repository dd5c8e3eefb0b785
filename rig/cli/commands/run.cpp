#include "rig/engine/run.hpp"

#include <fmt/format.h>

#include <functional>
#include <ostream>

#include "fixtures/build/built_bench.hpp"
#include "rig/cli/commands/batch_control.hpp"
#include "rig/cli/commands/bench_session.hpp"
#include "rig/cli/commands/carry_out.hpp"
#include "rig/cli/commands/files.hpp"
#include "rig/cli/commands/run_board.hpp"
#include "rig/cli/commands/run_end.hpp"
#include "rig/cli/commands/run_facts.hpp"
#include "rig/cli/commands/run_labels.hpp"
#include "rig/cli/commands/run_options.hpp"
#include "rig/cli/commands/run_plan.hpp"
#include "rig/cli/commands/run_scans.hpp"
#include "rig/cli/commands/service_due.hpp"
#include "rig/cli/commands/store_path.hpp"
#include "rig/record/store.hpp"
#include "sequences/steps/library.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

/// The last labels of a run have this time to be stuck on and scanned.
constexpr Duration kLabelTime = std::chrono::minutes{2};

/// On a simulated bench the units of the run that broke off are made again.
void put_back(const LeftRun& left, BenchSession& session) {
  for (const auto& unit : left.units) session.bench().next_unit(unit.slot, unit.work.number);
}

/// What a scanner that acts as a keyboard does at the board; nothing where nothing is scanned.
std::function<void(const Scan& scan)> scanned_at_keyboard(RunScans& scans,
                                                          RunScans::Reading& reading) {
  if (scans.router() == nullptr) return {};
  return [&reading](const Scan& scan) { reading.scanned(scan); };
}

/// How many units of the run are not closed, and how they still can be.
void print_unconfirmed(const RecordStore& store, const std::string& run_id, std::ostream& out) {
  std::vector<std::string> ids;
  try {
    ids = unconfirmed_labels(store.units_of(run_id));
  } catch (const Fault& fault) {
    out << fmt::format("labels not counted: {} Next: {}\n", fault.happened(), fault.next());
  }
  if (ids.empty()) return;
  out << fmt::format("labels not scanned back: {}\n", ids.size());
  for (const auto& id : ids)
    out << fmt::format("  {}: scan its label: plugrig label {} --scan-back SCAN\n", id, id);
}

}  // namespace

std::set<std::string> slots_with_contacts(const bench::BenchSpec& bench) {
  std::set<std::string> names;
  for (const auto& slot : bench.slots)
    if (slot.has_port) names.insert(slot.name);
  return names;
}

std::vector<RunSlot> run_slots(const bench::BenchSpec& bench, BenchSession& session) {
  const auto contacts = slots_with_contacts(bench);
  std::vector<RunSlot> slots;
  for (auto& slot : session.bench().slots)
    slots.push_back({slot.name, slot.port.get(), contacts.contains(slot.name)});
  return slots;
}

int run_command(const std::vector<std::string>& arguments, Console& console) {
  po::variables_map values;
  if (!parse(arguments, run_options(), {"sequence"}, "run SEQUENCE --bench BENCH [options]",
             console, values))
    return exit_code::all_passed;
  const auto registry = steps::make_registry();
  const auto prepared = prepare_run(values, registry, console);
  if (!prepared) return exit_code::usage;

  RecordStore store(store_path(values["store"].as<std::string>()));
  warn_of_service(prepared->bench, store.path(), console);
  return carry_out(values, *prepared, store, {}, console);
}

int carry_out(const po::variables_map& values, const Prepared& prepared, RecordStore& store,
              std::optional<LeftRun> left, Console& console) {
  const bool json = values.count("json") > 0;
  RunBoard board(json, console);
  BenchSession session(prepared.bench, session_options(values, store), console);
  auto slots = run_slots(prepared.bench, session);
  const auto& rules = prepared.sequence.plug;
  const bool real = !build::all_simulated(prepared.bench);
  RunScans scans({.file = values["scans"].as<std::string>(),
                  .starts = values["start"].as<std::string>() == "scan",
                  .keyboard = real && console.board != nullptr},
                 prepared.bench, rules.serial, session);
  scans.take_part(slots);
  auto batch = batch_options(values);
  batch.scans = scans.router();
  BatchControl control(batch, prepared.bench, session);
  auto options = options_of_run(values, prepared, session);
  control.put_into(options);
  board.put_into(options, retest_rule(values));
  options.run_facts = run_facts_of(values, prepared);
  if (left) put_back(*left, session);
  options.left = std::move(left);
  RunPlan plan(prepared, options.units, batch.handling, board.sink());
  RunLabels labels({values["labels"].as<std::string>(), values["label-printer"].as<std::string>()},
                   plan, store, scans.router());
  Run run(prepared.sequence, std::move(slots), session.clock(), labels, store, options);
  const std::stop_callback on_stop(console.stop,
                                   [&run] { run.request_stop(StopReason::interrupt); });
  const auto result = [&] {
    RunScans::Reading reading(scans, plan, store);
    const RunBoard::Connection keys(board, run, session, real, scanned_at_keyboard(scans, reading));
    auto done = run.run();
    if (rules.label.scan_back_required)
      reading.await_labels({session.clock().now() + kLabelTime, console.stop});
    return done;
  }();
  session.rest();
  if (!json) print_end(result, store, console);
  if (rules.label.scan_back_required)
    print_unconfirmed(store, result.run_id, json ? console.err : console.out);
  plan.print(json, console.out);
  const auto& reports = values["reports"].as<std::string>();
  write_reports(reports, result, store, json, console);
  write_batch(reports, result, store, plan.deviation(), json, console);
  for (const auto& answer : session.unused_answers()) console.err << answer << "\n";
  return result.exit_code;
}

}  // namespace plugrig::cli
