#include "rig/cli/commands/regress_bisect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <sstream>

#include "rig/cli/commands/shell.hpp"
#include "rig/engine/exit_code.hpp"

namespace plugrig::cli {
namespace {

using regress::Answer;
using regress::Bisect;

constexpr std::string_view kPlace = "{commit}";
constexpr std::size_t kShort = 12;

/// Hexadecimal digits, or a name of git's: nothing that a shell would take for more.
bool is_plain(const std::string& name) {
  return !name.empty() && name.front() != '-' && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("._/-~^").find(c) != std::string_view::npos;
  });
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    if (!line.empty()) lines.push_back(line);
  return lines;
}

std::string git(const std::string& repository, const std::string& arguments) {
  const auto ran = shell_output("git -C " + shell_quoted(repository) + " " + arguments);
  if (ran.status != 0) throw UsageError("git " + arguments + " failed in " + repository);
  return ran.text;
}

std::string text_of(Answer answer) {
  switch (answer) {
    case Answer::good:
      return "good";
    case Answer::bad:
      return "bad";
    case Answer::skip:
      return "cannot be judged";
    case Answer::bench_fault:
      break;
  }
  return "the bench failed; again";
}

}  // namespace

std::vector<std::string> commits_between(const std::string& repository, const std::string& good,
                                         const std::string& bad) {
  for (const auto& name : {good, bad})
    if (!is_plain(name)) throw UsageError("'" + name + "' names no commit");
  auto commits = lines_of(git(repository, "rev-parse --verify " + good + "^{commit}"));
  for (auto& commit :
       lines_of(git(repository, "rev-list --reverse --first-parent " + good + ".." + bad)))
    commits.push_back(std::move(commit));
  if (commits.size() < 2) throw UsageError("'" + bad + "' does not come after '" + good + "'");
  return commits;
}

std::string build_command(const std::string& command, const std::string& commit) {
  auto at = command.find(kPlace);
  if (at == std::string::npos)
    throw UsageError("--bisect-build: write {commit} where the commit belongs");
  std::string filled = command;
  for (; at != std::string::npos; at = filled.find(kPlace, at + commit.size()))
    filled.replace(at, kPlace.size(), commit);
  return filled;
}

int bisect_commits(const std::vector<std::string>& commits,
                   const std::function<Answer(const std::string& commit)>& test, Console& console) {
  Bisect search(commits.size());
  while (const auto next = search.next()) {
    const auto& commit = commits.at(*next);
    console.out << fmt::format("{}: about {} more behind it\n", commit.substr(0, kShort),
                               search.steps_left() > 0 ? search.steps_left() - 1 : 0);
    const auto answer = test(commit);
    console.out << fmt::format("{}: {}\n", commit.substr(0, kShort), text_of(answer)) << std::flush;
    search.answer(answer);
  }
  switch (search.state()) {
    case Bisect::State::found:
      console.out << fmt::format("first bad commit: {}\n", commits.at(*search.first_bad()));
      return exit_code::all_passed;
    case Bisect::State::gave_up:
      console.err << "the bench failed too often on one commit; mend it and begin again\n";
      return exit_code::bench_fault;
    case Bisect::State::narrowed:
    case Bisect::State::searching:
      break;
  }
  console.out << "one of these is the first bad commit; those between cannot be judged:\n";
  for (const auto at : search.suspects()) console.out << "  " << commits.at(at) << "\n";
  return exit_code::unit_failed;
}

}  // namespace plugrig::cli
