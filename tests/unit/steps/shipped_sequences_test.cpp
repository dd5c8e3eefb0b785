#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "rig/engine/sequence.hpp"
#include "sequences/steps/library.hpp"

namespace plugrig::steps {
namespace {

namespace fs = std::filesystem;

const fs::path source{PLUGRIG_SOURCE_DIR};

class ShippedSequences : public ::testing::Test {
 protected:
  void SetUp() override { std::ofstream(image_) << "image"; }
  void TearDown() override { fs::remove(image_); }

  Sequence load(const std::string& name) {
    const VariableSources values(
        {{"firmware", image_.string()}, {"wifi_ssid", "bench"}},
        [](const std::string& secret, const std::string&) { return "MARK-" + secret; });
    return load_sequence(source / "sequences" / name, registry_, values, problems_,
                         MissingValues::error, {source / "fixtures" / "plugs"});
  }

  StepRegistry registry_ = make_registry();
  Problems problems_;
  // The tests of this file run side by side, each a process of its own.
  fs::path image_ =
      fs::path(::testing::TempDir()) / ("shipped-sequence-" + std::to_string(::getpid()) + ".bin");
};

TEST_F(ShippedSequences, TheWholeJobIsReadWithoutAWord) {
  const auto sequence = load("gosund-ep2.yaml");
  EXPECT_EQ(problems_.render(), "");
  ASSERT_EQ(sequence.stages.size(), 4U);
  EXPECT_FALSE(sequence.stages[0].mains_on);
  EXPECT_FALSE(sequence.stages[1].mains_on);
  EXPECT_TRUE(sequence.stages[2].mains_on);
  EXPECT_EQ(sequence.plug.title, "Gosund EP2");
  EXPECT_EQ(sequence.secrets.size(), 2U);
}

TEST_F(ShippedSequences, TheHobbyistsJobIsReadWithoutAWord) {
  const auto sequence = load("hobby-ep2.yaml");
  EXPECT_EQ(problems_.render(), "");
  EXPECT_EQ(sequence.stages.size(), 3U);
}

TEST_F(ShippedSequences, TheNetworkIsTheLastThatAPlugGets) {
  const auto sequence = load("gosund-ep2.yaml");
  ASSERT_EQ(sequence.stages.size(), 4U);
  EXPECT_EQ(sequence.stages[1].steps.back().type->name, "tasmota.wifi");
  const auto& first = sequence.stages[1].steps.front();
  EXPECT_EQ(first.type->name, "tasmota.setting");
  ASSERT_NE(first.params.find("name"), nullptr);
  EXPECT_EQ(first.params.find("name")->text, "SetOption65");
}

}  // namespace
}  // namespace plugrig::steps
