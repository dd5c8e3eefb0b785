#include <fmt/format.h>

#include <fstream>
#include <ostream>

#include "rig/cli/commands/command.hpp"
#include "rig/cli/screen/board_svg.hpp"
#include "rig/cli/screen/board_view.hpp"
#include "rig/cli/screen/event_log.hpp"
#include "rig/engine/exit_code.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

/// The events up to the wanted moment.
BoardState replayed(const std::vector<Event>& events, const po::variables_map& values) {
  BoardState state;
  std::size_t left = values.count("frame") > 0 ? values["frame"].as<std::size_t>() : events.size();
  const double until_s = values.count("at") > 0 ? values["at"].as<double>() : 1e12;
  for (const auto& event : events) {
    if (left-- == 0) break;
    if (std::chrono::duration<double>(event.at.time_since_epoch()).count() > until_s) break;
    state.apply(event);
  }
  return state;
}

}  // namespace

int board_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  options.add_options()("replay", po::value<std::string>()->required(),
                        "events that 'plugrig run --json' wrote")(
      "at", po::value<double>(), "as it was at this second of bench time; default: the end")(
      "frame", po::value<std::size_t>(), "as it was after so many events")(
      "columns", po::value<int>(), "width; default: that of the terminal")(
      "rows", po::value<int>()->default_value(0), "height; default: as many as it takes")(
      "select", po::value<std::string>()->default_value(""), "slot that is chosen")(
      "ascii", "no characters beyond ASCII")("svg", "a picture instead of text");
  po::variables_map values;
  if (!parse(arguments, options, {}, "board --replay EVENTS [options]", console, values))
    return exit_code::all_passed;
  const auto& file = values["replay"].as<std::string>();
  std::ifstream log(file);
  if (!log) throw UsageError("no events at " + file);
  const auto state = replayed(read_event_log(log), values);
  const int columns = values.count("columns") > 0 ? values["columns"].as<int>() : console.columns;
  if (columns < 40 || columns > 400) throw UsageError("--columns is 40 to 400");
  BoardTalk talk;
  talk.selected = values["select"].as<std::string>();
  const auto lines =
      board_lines(state, talk, {columns, values["rows"].as<int>(), values.count("ascii") > 0});
  if (values.count("svg") > 0) {
    console.out << board_svg(lines, columns);
    return exit_code::all_passed;
  }
  for (const auto& line : lines) {
    auto text = console.terminal ? ansi_of(line, console.colour) : text_of(line);
    text.erase(text.find_last_not_of(' ') + 1);
    console.out << text << "\n";
  }
  return exit_code::all_passed;
}

}  // namespace plugrig::cli
