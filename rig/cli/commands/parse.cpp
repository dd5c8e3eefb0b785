#include <fmt/format.h>

#include <ostream>

#include "rig/cli/commands/command.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

bool parse(const std::vector<std::string>& arguments, const po::options_description& options,
           const std::vector<std::string>& positional, std::string_view usage, Console& console,
           po::variables_map& values) {
  po::options_description all;
  po::options_description hidden;
  for (const auto& name : positional)
    hidden.add_options()(name.c_str(), po::value<std::vector<std::string>>());
  hidden.add_options()("help,h", "");
  all.add(options).add(hidden);
  po::positional_options_description places;
  for (std::size_t i = 0; i < positional.size(); ++i)
    places.add(positional[i].c_str(),
               i + 1 == positional.size() && positional[i].ends_with("s") ? -1 : 1);
  try {
    po::store(
        po::command_line_parser(arguments)
            .options(all)
            .positional(places)
            .style(po::command_line_style::default_style & ~po::command_line_style::allow_guessing)
            .run(),
        values);
    if (values.count("help") > 0) {
      console.out << fmt::format("usage: plugrig {}\n", usage) << options;
      return false;
    }
    po::notify(values);
  } catch (const po::error& error) {
    throw UsageError(error.what());
  }
  return true;
}

}  // namespace plugrig::cli
