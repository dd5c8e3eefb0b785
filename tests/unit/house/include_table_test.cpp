#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Room {
  std::string name;    ///< for messages
  std::string folder;  ///< files below it belong to the room; the longest match wins
  std::vector<std::string> may_include;  ///< folders, beside its own
};

/// Dependencies point one way.
const std::vector<Room> rooms{
    {"core", "rig/core/", {}},
    {"metrology", "rig/metrology/", {"rig/core/"}},
    {"record", "rig/record/", {"rig/core/"}},
    {"regress", "rig/regress/", {"rig/core/", "rig/metrology/", "rig/record/"}},
    {"drivers/api", "drivers/api/", {"rig/core/"}},
    {"engine", "rig/engine/", {"rig/core/", "rig/record/", "drivers/api/"}},
    {"drivers/serial", "drivers/serial/", {"rig/core/", "drivers/api/"}},
    {"drivers/esp", "drivers/esp/", {"rig/core/", "drivers/api/"}},
    {"drivers/modbus", "drivers/modbus/", {"rig/core/", "drivers/api/"}},
    {"drivers/load", "drivers/load/", {"rig/core/", "drivers/api/"}},
    {"drivers/guardian", "drivers/guardian/", {"rig/core/", "drivers/api/"}},
    {"drivers/tasmota", "drivers/tasmota/", {"rig/core/", "drivers/api/"}},
    {"drivers/operator", "drivers/operator/", {"rig/core/", "drivers/api/"}},
    {"steps",
     "sequences/steps/",
     {"rig/core/", "rig/record/", "rig/engine/", "rig/metrology/", "drivers/api/"}},
    {"reports", "reports/", {"rig/core/", "rig/record/", "rig/metrology/", "rig/regress/"}},
    {"bench", "fixtures/bench/", {"rig/core/"}},
    {"twin", "fixtures/twin/", {"rig/core/", "drivers/api/", "fixtures/bench/"}},
    {"build", "fixtures/build/", {"rig/core/", "drivers/", "fixtures/bench/", "fixtures/twin/"}},
    {"cli", "rig/cli/", {"rig/", "drivers/", "sequences/steps/", "reports/", "fixtures/"}},
};

/// Libraries that one room alone of rig and drivers may include.
const std::map<std::string, std::string> owned_libraries{
    {"yaml-cpp/", "rig/core/"},        {"sqlite3.h", "rig/record/"},
    {"ftdi.h", "drivers/serial/"},     {"libusb.h", "drivers/serial/"},
    {"modbus.h", "drivers/modbus/"},   {"modbus/", "drivers/modbus/"},
    {"httplib.h", "drivers/tasmota/"}, {"cairo", "reports/"},
    {"qrencode.h", "reports/"},
};

struct Include {
  std::string file;  ///< relative to the source tree
  int line;
  std::string target;
};

const fs::path source{PLUGRIG_SOURCE_DIR};

std::vector<fs::path> sources_below(const std::vector<std::string>& folders) {
  std::vector<fs::path> files;
  for (const auto& folder : folders) {
    if (!fs::exists(source / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(source / folder)) {
      const auto extension = entry.path().extension();
      if (extension == ".cpp" || extension == ".hpp") files.push_back(entry.path());
    }
  }
  return files;
}

const std::vector<std::string> product{"rig", "drivers", "sequences", "fixtures", "reports"};

std::vector<Include> all_includes() {
  static const std::regex pattern{R"re(^\s*#\s*include\s*[<"]([^>"]+)[>"])re"};
  std::vector<Include> includes;
  for (const auto& path : sources_below(product)) {
    std::ifstream file(path);
    std::string text;
    for (int number = 1; std::getline(file, text); ++number) {
      std::smatch match;
      if (std::regex_search(text, match, pattern))
        includes.push_back({fs::relative(path, source).string(), number, match[1].str()});
    }
  }
  return includes;
}

const Room* room_of(const std::string& file) {
  const Room* best = nullptr;
  for (const auto& room : rooms)
    if (file.starts_with(room.folder) &&
        (best == nullptr || room.folder.size() > best->folder.size()))
      best = &room;
  return best;
}

bool ours(const std::string& target) {
  return std::any_of(product.begin(), product.end(),
                     [&](const auto& top) { return target.starts_with(top + "/"); });
}

/// Empty when the table allows it, else what is wrong.
std::string judge(const Include& include) {
  const auto* room = room_of(include.file);
  if (room == nullptr) return "the file stands in no room";
  const bool watched = include.file.starts_with("rig/") || include.file.starts_with("drivers/");
  for (const auto& [library, owner] : owned_libraries)
    if (watched && include.target.starts_with(library) && !include.file.starts_with(owner))
      return "only " + owner + " may include " + library;
  if (!ours(include.target)) {
    const bool relative = fs::exists((source / include.file).parent_path() / include.target);
    return relative ? "project files are included by their path from the top" : "";
  }
  if (include.target.starts_with(room->folder)) return "";
  const bool allowed =
      std::any_of(room->may_include.begin(), room->may_include.end(),
                  [&](const auto& folder) { return include.target.starts_with(folder); });
  return allowed ? "" : room->name + " may not include it";
}

TEST(IncludeTable, EveryIncludePointsTheAllowedWay) {
  const auto includes = all_includes();
  ASSERT_GT(includes.size(), 50U) << "the test does not see the sources";
  for (const auto& include : includes) {
    const auto wrong = judge(include);
    EXPECT_TRUE(wrong.empty()) << include.file << ":" << include.line << ": #include \""
                               << include.target << "\": " << wrong;
  }
}

TEST(IncludeTable, JudgesWhatItIsThereToForbid) {
  EXPECT_NE(judge({"fixtures/twin/a.cpp", 1, "drivers/esp/slip.hpp"}), "");
  EXPECT_NE(judge({"drivers/esp/a.cpp", 1, "fixtures/twin/twin_slot.hpp"}), "");
  EXPECT_NE(judge({"rig/core/a.cpp", 1, "rig/engine/step.hpp"}), "");
  EXPECT_NE(judge({"rig/engine/a.cpp", 1, "drivers/esp/slip.hpp"}), "");
  EXPECT_NE(judge({"rig/engine/a.cpp", 1, "sqlite3.h"}), "");
  EXPECT_NE(judge({"drivers/esp/a.cpp", 1, "yaml-cpp/yaml.h"}), "");
  EXPECT_NE(judge({"sequences/steps/a.cpp", 1, "drivers/esp/flasher.hpp"}), "");
  EXPECT_EQ(judge({"sequences/steps/a.cpp", 1, "drivers/api/uart.hpp"}), "");
}

struct Never {
  std::string what;
  std::vector<std::string> words;
  std::vector<std::string> except;  ///< file prefixes
};

const std::vector<Never> nevers{
    {"prints",
     {"std::cout", "std::cerr", "printf(", "fprintf(", "puts(", "fmt::print("},
     {"rig/cli/", "rig/core/clock"}},
    {"sleeps or asks the time",
     {"this_thread::sleep_for", "this_thread::sleep_until", "steady_clock::now", "Steady::now",
      "system_clock::now", "usleep(", "nanosleep(", "gettimeofday(", "clock_gettime(",
      "time(nullptr)"},
     {"rig/core/clock"}},
    {"draws chance that no seed gives", {"random_device", "rand("}, {"rig/cli/"}},
};

/// `word` stands in `text` and is not the tail of a longer name.
bool holds_word(const std::string& text, const std::string& word) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const auto before = at == 0 ? ' ' : text[at - 1];
    if (std::isalnum(static_cast<unsigned char>(before)) == 0 && before != '_') return true;
  }
  return false;
}

/// What the line does that a file of this name never may, or "".
std::string forbidden(const std::string& file, const std::string& line) {
  for (const auto& never : nevers) {
    const bool excused = std::any_of(never.except.begin(), never.except.end(),
                                     [&](const auto& prefix) { return file.starts_with(prefix); });
    if (excused) continue;
    for (const auto& word : never.words)
      if (holds_word(line, word)) return never.what;
  }
  return "";
}

TEST(Nevers, NobodyPrintsSleepsOrAsksTheTimeBesideTheClockAndTheCommandLine) {
  for (const auto& path : sources_below(product)) {
    const auto name = fs::relative(path, source).string();
    std::ifstream file(path);
    std::string text;
    for (int number = 1; std::getline(file, text); ++number) {
      const auto wrong = forbidden(name, text);
      EXPECT_TRUE(wrong.empty()) << name << ":" << number << " " << wrong << ": " << text;
    }
  }
}

TEST(Nevers, SeeWhatTheyForbid) {
  EXPECT_NE(forbidden("drivers/esp/a.cpp", "  std::printf(\"x\");"), "");
  EXPECT_EQ(forbidden("rig/cli/a.cpp", "  std::printf(\"x\");"), "");
  EXPECT_EQ(forbidden("drivers/esp/a.cpp", "  std::snprintf(buffer, 3, \"x\");"), "");
  EXPECT_NE(forbidden("rig/engine/a.cpp", "auto t = std::chrono::steady_clock::now();"), "");
  EXPECT_NE(forbidden("fixtures/twin/a.cpp", "std::random_device seed;"), "");
}

TEST(TopLevel, HoldsWhatTheLayoutNamesAndNothingElse) {
  const std::vector<std::string> allowed{"CMakeLists.txt", "rig",     "drivers", "sequences",
                                         "fixtures",       "reports", "tests",   "README.md"};
  for (const auto& entry : fs::directory_iterator(source)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(".") || name.starts_with("build")) continue;
    EXPECT_NE(std::find(allowed.begin(), allowed.end(), name), allowed.end()) << name;
  }
}

}  // namespace
