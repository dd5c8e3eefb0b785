#pragma once

#include <boost/program_options.hpp>
#include <iosfwd>
#include <memory>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "rig/core/event.hpp"

namespace plugrig::cli {

class BoardScreen;

/// Where a command talks to.
struct Console {
  std::ostream& out;
  std::ostream& err;
  bool terminal = false;  ///< `out` is a terminal that can move its cursor
  bool colour = false;
  int columns = 80;
  bool ascii = false;            ///< the terminal has no UTF-8
  BoardScreen* board = nullptr;  ///< shows what happens and asks questions; null: there is none
  std::stop_token stop;          ///< Ctrl-C or SIGTERM
};

/// The screen of a command: JSON lines when asked for, rows on a terminal, plain lines elsewhere.
std::unique_ptr<EventSink> make_sink(bool json, Console& console);

/// The command line is wrong. Exit code 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(const std::vector<std::string>& arguments, Console& console);
};

/// All commands, in the order in which help lists them.
std::span<const Command> commands();

/// The whole program behind `main`: finds the command, turns errors into messages and exit codes.
int run_program(const std::vector<std::string>& arguments, Console& console);

int run_command(const std::vector<std::string>& arguments, Console& console);
int regress_command(const std::vector<std::string>& arguments, Console& console);
int trend_command(const std::vector<std::string>& arguments, Console& console);
int resume_command(const std::vector<std::string>& arguments, Console& console);
int check_command(const std::vector<std::string>& arguments, Console& console);
int plan_command(const std::vector<std::string>& arguments, Console& console);
int steps_command(const std::vector<std::string>& arguments, Console& console);
int report_command(const std::vector<std::string>& arguments, Console& console);
int label_command(const std::vector<std::string>& arguments, Console& console);
int list_command(const std::vector<std::string>& arguments, Console& console);
int batch_command(const std::vector<std::string>& arguments, Console& console);
int fixture_command(const std::vector<std::string>& arguments, Console& console);
int board_command(const std::vector<std::string>& arguments, Console& console);
int identify_command(const std::vector<std::string>& arguments, Console& console);
int flash_command(const std::vector<std::string>& arguments, Console& console);
int backup_command(const std::vector<std::string>& arguments, Console& console);
int restore_command(const std::vector<std::string>& arguments, Console& console);
int verify_command(const std::vector<std::string>& arguments, Console& console);
int console_command(const std::vector<std::string>& arguments, Console& console);
int adapters_command(const std::vector<std::string>& arguments, Console& console);
int doctor_command(const std::vector<std::string>& arguments, Console& console);
int guardian_command(const std::vector<std::string>& arguments, Console& console);
int twin_command(const std::vector<std::string>& arguments, Console& console);

/// Parses the arguments of one command. Prints help and returns false when it was asked for.
/// Throws UsageError. `usage` is the line after "usage: plugrig ".
bool parse(const std::vector<std::string>& arguments,
           const boost::program_options::options_description& options,
           const std::vector<std::string>& positional, std::string_view usage, Console& console,
           boost::program_options::variables_map& values);

}  // namespace plugrig::cli
