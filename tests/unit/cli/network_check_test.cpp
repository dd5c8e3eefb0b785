#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "rig/cli/commands/command.hpp"
#include "tests/unit/cli/said.hpp"

namespace plugrig::cli {
namespace {

using testing::HasSubstr;

const std::string source = PLUGRIG_SOURCE_DIR;
const std::string with_access_point = source + "/fixtures/demo-4.yaml";
const std::string without = source + "/fixtures/demo.yaml";

/// A sequence that takes the network away.
class NetworkCheck : public testing::Test {
 protected:
  NetworkCheck() {
    std::filesystem::create_directories(folder_);
    std::ofstream(file_) << "sequence: away\n"
                            "plug: gosund-ep2\n"
                            "stages:\n"
                            "  - stage: network\n"
                            "    mains: on\n"
                            "    steps:\n"
                            "      - plug.join: {mac: 'A4:CF:12:00:00:01'}\n"
                            "      - plug.wifi_loss:\n";
  }
  ~NetworkCheck() override { std::filesystem::remove_all(folder_); }
  Said run(const std::string& bench, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"run", file_.string(), "--bench", bench, "--factor",
                                   "0",   "--store",      store_};
    words.insert(words.end(), more.begin(), more.end());
    return plugrig(words);
  }

  /// Tests run side by side: each has a folder of its own.
  std::filesystem::path folder_ = std::filesystem::path(testing::TempDir()) /
                                  (std::string("network_check_") +
                                   testing::UnitTest::GetInstance()->current_test_info()->name());
  const std::filesystem::path file_ = folder_ / "away.yaml";
  const std::string store_ = (folder_ / "records.sqlite").string();
};

TEST_F(NetworkCheck, ABenchThatCannotIsRefusedBeforeAnythingMoves) {
  for (const auto& command : {"plan", "check"}) {
    const auto said = plugrig({command, file_.string(), "--bench", without});
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err, HasSubstr("away.yaml:8:9: error: 'plug.wifi_loss' takes the supply from "
                                    "the access point, and bench 'demo' cannot do that"));
    EXPECT_THAT(said.err, HasSubstr("access_point: BOARD.N"));
    EXPECT_EQ(plugrig({command, file_.string(), "--bench", with_access_point}).err, "");
  }
  EXPECT_EQ(run(without).code, 2);
  EXPECT_FALSE(std::filesystem::exists(store_)) << "nothing was begun";
}

TEST_F(NetworkCheck, TheRelayOfTheAccessPointIsHeldAgainstItsBoard) {
  const auto checked = [this](const std::string& board, const std::string& relay) {
    const auto file = (folder_ / "bench.yaml").string();
    std::ofstream(file) << "bench: b\ninstruments:\n  relays: {profile: " << board
                        << ", rtu: /dev/relays}\naccess_point: relays." << relay
                        << "\nslots:\n  - {slot: F1, kind: flash, uart: {tty: /dev/uart}, "
                           "lines: {wiring: dtr-rts-two-transistor}}\n";
    return plugrig({"check", file}).err;
  };
  EXPECT_EQ(checked("waveshare-relay-8", "3"), "");
  EXPECT_THAT(checked("waveshare-relay-8", "9"),
              HasSubstr("'relays' has 8 relays, and the access point is said to hang on number 9"));
  EXPECT_THAT(checked("kmtronic-relay-8", "3"),
              HasSubstr("warning: relays of 'relays' have no timer"));
}

}  // namespace
}  // namespace plugrig::cli
