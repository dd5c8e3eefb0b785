#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "fixtures/build/built_bench.hpp"
#include "fixtures/build/guardian.hpp"
#include "rig/cli/commands/bench_session.hpp"
#include "rig/cli/commands/doctor_parts.hpp"
#include "rig/cli/commands/store_path.hpp"
#include "rig/core/did_you_mean.hpp"
#include "rig/engine/exit_code.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

/// Prints findings as they come, and counts them.
class Findings {
 public:
  Findings(bool json, Console& console) : json_(json), console_(console) {}

  void add(const Health& health) {
    ++counts_.at(static_cast<std::size_t>(health.is));
    console_.out << (json_ ? health_json(health) : health_text(health)) << "\n" << std::flush;
  }
  [[nodiscard]] int count(Health::Is is) const { return counts_.at(static_cast<std::size_t>(is)); }
  void print_end() const {
    if (json_) return;
    console_.out << fmt::format("{} OK, {} WARN, {} FAIL\n", count(Health::Is::ok),
                                count(Health::Is::warn), count(Health::Is::fail));
  }

 private:
  const bool json_;
  Console& console_;
  std::array<int, 3> counts_{};
};

void check_slot_name(const bench::BenchSpec& bench, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& slot : bench.slots) names.push_back(slot.name);
  if (std::find(names.begin(), names.end(), name) == names.end())
    throw UsageError(with_did_you_mean("no slot '" + name + "' on this bench", name, names));
}

/// What is not of the bench itself. Simulated time runs ahead of the computer's clock, so records
/// of a simulated bench say nothing of that.
void examine_host(const po::variables_map& values, bool simulated, const HealthReport& report) {
  std::optional<UtcTime> now;
  if (!simulated) now = make_real_clock()->utc();
  examine_store(store_path(values["store"].as<std::string>()), now, report);
  if (!simulated) examine_time_service(report);
  constexpr std::string_view firmware = "firmware=";
  if (values.count("set") > 0)
    for (const auto& given : values["set"].as<std::vector<std::string>>()) {
      if (!given.starts_with(firmware))
        throw UsageError("--set " + given + ": doctor looks at firmware=FILE alone");
      examine_firmware(given.substr(firmware.size()), report);
    }
  if (values.count("printer") > 0) examine_printer(values["printer"].as<std::string>(), report);
}

/// What switches mains and load off when the rig cannot.
void examine_death(const bench::BenchSpec& bench, const HealthReport& report) {
  looked("bench", "when the rig dies", report, [&] {
    for (const auto& line : build::what_covers_death(bench)) {
      const bool covered = !line.starts_with("NOT COVERED");
      report({covered ? Health::Is::ok : Health::Is::warn, "bench", "when the rig dies", line,
              covered ? "" : "Boards whose relays switch off by themselves would cover it."});
    }
  });
}

}  // namespace

int doctor_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  options.add_options()("bench", po::value<std::string>()->required(), "bench file")(
      "slot", po::value<std::string>(), "only this slot, no instruments")(
      "store", po::value<std::string>()->default_value(""), "record store")(
      "set", po::value<std::vector<std::string>>()->composing(),
      "firmware=FILE: the image that a sequence would write")(
      "printer", po::value<std::string>(), "label printer: HOST:PORT or its device")(
      "click", "also click load relays and selectors one by one, with everything proven off first")(
      "json", "one finding a line");
  po::variables_map values;
  if (!parse(arguments, options, {}, "doctor --bench BENCH [options]", console, values))
    return exit_code::all_passed;
  const auto bench = read_bench(values["bench"].as<std::string>(), console);
  const auto only = values.count("slot") > 0 ? values["slot"].as<std::string>() : std::string();
  if (!only.empty()) check_slot_name(bench, only);
  build::all_simulated(bench);  // refuses a bench that is half simulated
  Findings findings(values.count("json") > 0, console);
  const HealthReport report = [&findings](const Health& health) { findings.add(health); };
  if (!bench.adapters.empty())
    looked("USB", "adapters", report,
           [&] { examine_adapters(bench, ftdi::list_adapters(), report); });
  if (only.empty())
    for (const auto& instrument : bench.instruments)
      examine_instrument(bench, instrument, console, report);
  if (only.empty()) examine_death(bench, report);
  if (only.empty()) examine_host(values, build::all_simulated(bench), report);
  for (std::size_t i = 0; i < bench.slots.size(); ++i)
    if (only.empty() || bench.slots[i].name == only) examine_slot(bench, i, console, report);
  if (values.count("click") > 0) click_relays(bench, console, report);
  findings.print_end();
  return findings.count(Health::Is::fail) > 0 ? exit_code::bench_fault : exit_code::all_passed;
}

}  // namespace plugrig::cli
