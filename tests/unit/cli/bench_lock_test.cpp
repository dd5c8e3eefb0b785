#include "rig/cli/commands/bench_lock.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "rig/core/fault.hpp"
#include "rig/engine/exit_code.hpp"

namespace plugrig::cli {
namespace {

namespace fs = std::filesystem;

class BenchLocksTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              ("bench-lock-" + std::to_string(::getpid()) + "-" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    for (const auto* file : {"a.yaml", "b.yaml", "tty0", "tty1"})
      std::ofstream(folder_ / file) << "";
  }
  void TearDown() override { fs::remove_all(folder_); }

  bench::BenchSpec bench(const std::string& file, const std::string& tty) const {
    bench::BenchSpec spec;
    spec.name = "line-2";
    spec.file = (folder_ / file).string();
    bench::SlotSpec slot;
    slot.name = "F1";
    slot.port = {.kind = bench::PortSpec::Kind::tty, .address = (folder_ / tty).string()};
    spec.slots.push_back(slot);
    return spec;
  }
  BenchLocks lock(const bench::BenchSpec& spec, bool whole = true) const {
    return {spec, whole, "run", *clock_, folder_};
  }
  std::optional<Fault> refusal(const bench::BenchSpec& spec, bool whole = true) const {
    try {
      lock(spec, whole);
      return std::nullopt;
    } catch (const Fault& fault) {
      return fault;
    }
  }

  std::unique_ptr<Clock> clock_ = make_real_clock();
  fs::path folder_;
};

TEST_F(BenchLocksTest, ASecondRigOnTheSameBenchIsRefusedAndToldWhoHasIt) {
  const auto first = lock(bench("a.yaml", "tty0"));
  EXPECT_GE(first.bench_fd(), 0);
  const auto fault = refusal(bench("a.yaml", "tty0"));
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->id(), "bench.locked");
  EXPECT_EQ(exit_code_of_fault(fault->id(), to_string(fault->blame())), exit_code::usage);
  EXPECT_NE(fault->happened().find("process " + std::to_string(::getpid())), std::string::npos)
      << fault->happened();
}

TEST_F(BenchLocksTest, OneBenchUnderTwoNamesIsOneBench) {
  fs::create_symlink(folder_ / "a.yaml", folder_ / "other.yaml");
  const auto first = lock(bench("a.yaml", "tty0"));
  EXPECT_EQ(refusal(bench("other.yaml", "tty1"))->id(), "bench.locked");
}

TEST_F(BenchLocksTest, TwoBenchesWithOnePortAreKeptApart) {
  fs::create_symlink(folder_ / "tty0", folder_ / "by-id");
  const auto first = lock(bench("a.yaml", "tty0"));
  EXPECT_EQ(refusal(bench("b.yaml", "tty0"))->id(), "port.locked");
  EXPECT_EQ(refusal(bench("b.yaml", "by-id"))->id(), "port.locked");
  EXPECT_FALSE(refusal(bench("b.yaml", "tty1")));
}

TEST_F(BenchLocksTest, InstrumentsOnTheNetworkAreLockedByTheirAddress) {
  auto spec = bench("a.yaml", "tty0");
  auto& meter = spec.instruments.emplace_back();
  meter.name = "meter";
  meter.link = bench::InstrumentSpec::Link::tcp;
  meter.address = "meter:502";
  const auto first = lock(spec);
  auto other = bench("b.yaml", "tty1");
  other.instruments = spec.instruments;
  EXPECT_EQ(refusal(other)->id(), "port.locked");
  other.instruments.front().address = "meter:503";
  EXPECT_FALSE(refusal(other));
}

TEST_F(BenchLocksTest, OneSlotByHandLeavesTheOthersOfAFlashBench) {
  const auto first = lock(bench("a.yaml", "tty0"), false);
  EXPECT_EQ(first.bench_fd(), -1);
  EXPECT_FALSE(refusal(bench("a.yaml", "tty1"), false));
  EXPECT_EQ(refusal(bench("a.yaml", "tty0"), false)->id(), "port.locked");
}

TEST_F(BenchLocksTest, WhereMainsIsTheWholeBenchIsTaken) {
  auto spec = bench("a.yaml", "tty0");
  spec.mains.emplace();
  const auto first = lock(spec, false);
  EXPECT_GE(first.bench_fd(), 0);
}

TEST_F(BenchLocksTest, ASimulatedBenchIsNobodysAlone) {
  auto spec = bench("a.yaml", "tty0");
  spec.slots.front().port = {};
  const auto first = lock(spec);
  EXPECT_FALSE(refusal(spec));
}

TEST_F(BenchLocksTest, WhatWasRefusedHasLeftNothingLocked) {
  std::optional<BenchLocks> first = lock(bench("a.yaml", "tty0"));
  EXPECT_TRUE(refusal(bench("b.yaml", "tty0")));
  first.reset();
  EXPECT_FALSE(refusal(bench("b.yaml", "tty0")));
}

}  // namespace
}  // namespace plugrig::cli
