#include "rig/cli/commands/store_path.hpp"

#include <cctype>
#include <cstdlib>

#include "rig/cli/commands/command.hpp"

namespace plugrig::cli {
namespace {

std::filesystem::path chosen(const std::string& given) {
  if (!given.empty()) return given;
  if (const char* store = std::getenv("PLUGRIG_STORE")) return store;
  const auto file = std::filesystem::path("plugrig") / "records.sqlite";
  if (const char* data = std::getenv("XDG_DATA_HOME")) return data / file;
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : ".") / ".local" / "share" / file;
}

}  // namespace

std::filesystem::path store_path(const std::string& given) {
  auto path = chosen(given);
  std::error_code reported_by_open;
  // Only the place that nobody chose is made: a folder that was named and is not there may be a
  // disk that is not mounted.
  const bool named = !given.empty() || std::getenv("PLUGRIG_STORE") != nullptr;
  if (!named && path.has_parent_path())
    std::filesystem::create_directories(path.parent_path(), reported_by_open);
  return path;
}

std::filesystem::path existing_store(const std::string& given) {
  auto path = store_path(given);
  if (!std::filesystem::exists(path)) throw UsageError("no record store at " + path.string());
  return path;
}

std::filesystem::path off_marks_path(const std::string& bench) {
  std::string name = bench;
  // What a file name may always hold; everything else of a bench's name is for people.
  for (char& letter : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-';
    if (!plain) letter = '_';
  }
  const auto file = std::filesystem::path("plugrig") / (name + ".off-not-confirmed.json");
  if (const char* state = std::getenv("XDG_STATE_HOME")) return state / file;
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : ".") / ".local" / "state" / file;
}

}  // namespace plugrig::cli
