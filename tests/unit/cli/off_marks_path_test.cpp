#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

#include "rig/cli/commands/store_path.hpp"

namespace plugrig::cli {
namespace {

/// The environment as it was, afterwards.
class StateHome {
 public:
  explicit StateHome(const char* value) {
    if (const char* old = std::getenv(kName)) old_ = old;
    ::setenv(kName, value, 1);
  }
  ~StateHome() {
    if (old_) {
      ::setenv(kName, old_->c_str(), 1);
    } else {
      ::unsetenv(kName);
    }
  }
  StateHome(const StateHome&) = delete;
  StateHome& operator=(const StateHome&) = delete;

 private:
  static constexpr const char* kName = "XDG_STATE_HOME";
  std::optional<std::string> old_;
};

TEST(OffMarksPath, IsOfTheBenchAndOfNoFolderElse) {
  const StateHome state("/state");
  EXPECT_EQ(off_marks_path("line-2"), "/state/plugrig/line-2.off-not-confirmed.json");
  EXPECT_EQ(off_marks_path("../a b/ü"), "/state/plugrig/___a_b___.off-not-confirmed.json");
}

}  // namespace
}  // namespace plugrig::cli
