#include <fmt/format.h>

#include <filesystem>
#include <ostream>

#include "reports/batch_summary.hpp"
#include "rig/cli/commands/bench_session.hpp"
#include "rig/cli/commands/command.hpp"
#include "rig/cli/commands/service_due.hpp"
#include "rig/cli/commands/store_path.hpp"
#include "rig/engine/exit_code.hpp"
#include "rig/record/store.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

std::string share_text(int part, int whole) {
  if (whole == 0) return "-";
  return fmt::format("{:.1f} %", 100.0 * part / whole);
}

std::string life_table(const std::vector<SlotLife>& slots) {
  auto text = fmt::format("{:<8} {:>10} {:>11} {:>8} {:>15}  {}\n", "Slot", "Insertions",
                          "First sync", "Retries", "Contact faults", "Last used");
  for (const auto& slot : slots)
    text += fmt::format("{:<8} {:>10} {:>11} {:>8} {:>15}  {}\n", slot.slot, slot.insertions,
                        share_text(slot.first_sync, slot.identified), slot.retries,
                        slot.contact_faults, to_iso8601(slot.last_used).substr(0, 16));
  return text;
}

/// Of the newest units of this bench: what was long ago says nothing of the bench as it is.
std::string bias_text(const RecordStore& store, const std::string& bench, std::size_t newest) {
  auto units = store.last_units(newest);
  std::erase_if(units, [&](const UnitRecord& unit) { return unit.bench != bench; });
  std::string text;
  for (const auto& bias : summarise_batch(std::move(units)).bias) {
    text += fmt::format("{:<8} power error {:+.3f} % over {} units", bias.name, bias.mean, bias.n);
    if (bias.tested)
      text += fmt::format(", {:+.3f} % against the others, p {:.2g}{}", bias.difference, bias.p,
                          bias.significant ? ": BIASED" : "");
    text += "\n";
  }
  return text;
}

}  // namespace

int fixture_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  options.add_options()("bench", po::value<std::string>()->required(), "bench file")(
      "store", po::value<std::string>()->default_value(""), "record store")(
      "newest", po::value<std::size_t>()->default_value(500),
      "bias between slots: over so many of the newest units");
  po::variables_map values;
  if (!parse(arguments, options, {}, "fixture --bench BENCH [options]", console, values))
    return exit_code::all_passed;
  const auto bench = read_bench(values["bench"].as<std::string>(), console);
  const auto path = existing_store(values["store"].as<std::string>());
  const auto slots = fixture_life(path, bench.name, counted_since(bench));
  if (slots.empty()) {
    console.out << "No unit of bench " << bench.name << " is recorded there.\n";
    return exit_code::all_passed;
  }
  console.out << life_table(slots);
  const RecordStore store(path, {.read_only = true});
  if (const auto bias = bias_text(store, bench.name, values["newest"].as<std::size_t>());
      !bias.empty())
    console.out << "\n" << bias;
  for (const auto& due : service_due(bench, slots)) console.out << "\nSERVICE DUE  " << due << "\n";
  return exit_code::all_passed;
}

}  // namespace plugrig::cli
