#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

namespace plugrig {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Readme, NamesTestsThatExist) {
  const std::filesystem::path root = PLUGRIG_SOURCE_DIR;
  std::string sources;
  for (const char* folder : {"tests/unit/engine", "tests/unit/mains"}) {
    for (const auto& entry : std::filesystem::directory_iterator(root / folder)) {
      sources += text_of(entry.path());
    }
  }
  const std::string readme = text_of(root / "rig/engine/README.md");
  const std::regex name("`([A-Z][A-Za-z]+)\\.([A-Z][A-Za-z0-9]+)`");
  int count = 0;
  for (std::sregex_iterator it(readme.begin(), readme.end(), name), end; it != end; ++it) {
    const std::string in_source = "(" + (*it)[1].str() + ", " + (*it)[2].str() + ")";
    EXPECT_NE(sources.find(in_source), std::string::npos) << in_source;
    ++count;
  }
  EXPECT_GT(count, 40);
}

}  // namespace
}  // namespace plugrig
