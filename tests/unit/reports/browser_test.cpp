#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/reports/command_output.hpp"
#include "tests/unit/reports/sample_report.hpp"

namespace plugrig {
namespace {

namespace fs = std::filesystem;

/// The page in a browser. Its own policy forbids scripts and requests; the browser tells on its
/// console of each that was tried.
class ReportInBrowser : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(output_of("chromium-headless-shell --version").find("Chromium "), std::string::npos)
        << "`rig/setup --tests` installs chromium-headless-shell";
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// What the browser shows as the page's content, then what it says of it.
  std::string shown(const std::string& page) {
    const auto file = folder_ / "report.html";
    std::ofstream(file, std::ios::binary) << page;
    return output_of(
        "timeout 60 chromium-headless-shell --no-sandbox --disable-gpu --disable-dev-shm-usage "
        "--disable-background-networking --disable-component-update --disable-sync --no-first-run "
        "--user-data-dir='" +
        (folder_ / "profile").string() + "' --enable-logging=stderr --dump-dom 'file://" +
        file.string() + "'");
  }

  test::SampleFiles files_;
  /// Tests run side by side: each has a folder of its own.
  fs::path folder_ = fs::path(::testing::TempDir()) /
                     (std::string("report-in-browser-") +
                      ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(ReportInBrowser, ShowsWithoutScriptErrorAndWithoutARequest) {
  const auto out = shown(unit_html(build_unit_report(test::sample_unit(files_), files_.reader())));
  EXPECT_NE(out.find("id=\"verdict\">PASS"), std::string::npos) << out;
  EXPECT_EQ(out.find("CONSOLE"), std::string::npos) << out.substr(out.find("CONSOLE"), 300);
}

TEST_F(ReportInBrowser, WouldTellOfScriptsAndRequests) {
  auto page = unit_html(build_unit_report(test::sample_unit(files_), files_.reader()));
  page.replace(page.find("<h2>"), 0, "<script>x</script><img src='http://127.0.0.1:9/x.png'>");
  const auto out = shown(page);
  EXPECT_NE(out.find("Executing inline script"), std::string::npos) << out;
  EXPECT_NE(out.find("Loading the image"), std::string::npos) << out;
}

}  // namespace
}  // namespace plugrig
