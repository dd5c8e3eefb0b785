#include <fmt/format.h>

#include <map>
#include <ostream>

#include "reports/regress_trend.hpp"
#include "rig/cli/commands/command.hpp"
#include "rig/cli/commands/report_files.hpp"
#include "rig/core/did_you_mean.hpp"
#include "rig/core/file_bytes.hpp"
#include "rig/engine/exit_code.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

Trend trend_of(const std::string& file, Console& console) {
  const auto bytes = read_bytes(file);
  auto trend = read_trend({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (trend.unreadable > 0)
    console.err << fmt::format("{}: {} lines cannot be read and are passed over\n", file,
                               trend.unreadable);
  if (trend.runs.empty()) throw UsageError(file + ": no comparison stands in it");
  return trend;
}

/// In how many builds each quantity stands, by quantity and condition.
std::map<std::pair<std::string, std::string>, int> quantities_of(const Trend& trend) {
  std::map<std::pair<std::string, std::string>, int> found;
  for (const auto& run : trend.runs)
    for (const auto& build : run.builds)
      for (const auto& mean : build.means) ++found[{mean.quantity, mean.condition}];
  return found;
}

}  // namespace

int trend_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  options.add_options()("quantity", po::value<std::string>(),
                        "quantity to draw, such as power.as_found.P; without it they are listed")(
      "condition", po::value<std::string>()->default_value(""), "its condition: \"230 V, 500 W\"")(
      "svg", po::value<std::string>(), "picture to write");
  po::variables_map values;
  if (!parse(arguments, options, {"file"},
             "trend FILE [--quantity NAME --condition TEXT --svg FILE]", console, values))
    return exit_code::all_passed;
  if (values.count("file") == 0) throw UsageError("name a trend file");
  const auto trend = trend_of(values["file"].as<std::vector<std::string>>().front(), console);
  const auto quantities = quantities_of(trend);
  if (values.count("quantity") == 0) {
    for (const auto& [name, builds] : quantities)
      console.out << fmt::format("{:<28}{:<34}{} builds\n", name.first, name.second, builds);
    return exit_code::all_passed;
  }
  if (values.count("svg") == 0) throw UsageError("name the picture to write: --svg FILE");
  const auto& quantity = values["quantity"].as<std::string>();
  const auto svg = trend_svg(trend, quantity, values["condition"].as<std::string>());
  if (svg.empty()) {
    std::vector<std::string> names;
    for (const auto& [name, builds] : quantities) names.push_back(name.first);
    throw UsageError(with_did_you_mean(
        fmt::format("no build gave '{}' under the condition '{}'; plugrig trend FILE lists them",
                    quantity, values["condition"].as<std::string>()),
        quantity, names));
  }
  write_whole(values["svg"].as<std::string>(), svg, "picture");
  return exit_code::all_passed;
}

}  // namespace plugrig::cli
