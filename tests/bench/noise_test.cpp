// A flipped or lost byte anywhere in a write is caught: whatever the noise on the line, a write
// ends with the image in flash or in a fault, never with success and a wrong byte.
//
// 200 seeded runs of a 32 KiB image and three of a full-size one. PLUGRIG_LONG=1 in the environment
// makes that thousands.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <random>
#include <string>

#include "rig/core/fault.hpp"
#include "tests/bench/simulated_unit.hpp"

namespace plugrig {
namespace {

constexpr std::uint64_t kGroups = 20;
constexpr std::uint64_t kRunsPerGroup = 10;
constexpr std::uint64_t kLongFactor = 10;

std::uint64_t long_factor() {
  const char* const wanted = std::getenv("PLUGRIG_LONG");
  return wanted != nullptr && std::string(wanted) == "1" ? kLongFactor : 1;
}

/// 0 … 1, the same with every library.
double uniform(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

/// Noise of a kind and strength drawn from the seed: from one hit in ten writes to a line on which
/// hardly a frame comes through.
twin::SlotFaults noise(std::uint64_t seed) {
  std::mt19937_64 random(seed * 7919);
  const auto rate = [&](double least, double most) {
    const double exponent = least + (most - least) * uniform(random);
    return std::pow(10.0, exponent);
  };
  twin::SlotFaults faults;
  const std::uint64_t kind = seed % 4;
  if (kind != 1) faults.flip_per_byte_to_chip = rate(-6, -3.5);
  if (kind != 1) faults.flip_per_byte_to_host = rate(-6, -3);
  if (kind != 0) faults.drop_per_byte_to_chip = rate(-6, -3.5);
  if (kind != 0) faults.drop_per_byte_to_host = rate(-6, -3);
  return faults;
}

/// Writes and verifies; returns "PASS" or the id of the fault. Success at any stage with a wrong
/// byte in flash fails the test.
std::string write_under(const twin::SlotFaults& faults, std::uint64_t seed, std::uint32_t size) {
  test::SimulatedUnit unit({.seed = seed, .faults = faults});
  twin::ImageOptions options;
  options.seed = seed;
  options.size_bytes = size;
  const auto image = twin::make_image(options);
  const auto expected = unit.flasher().patched(image, {});
  try {
    unit.flasher().write_image(image, {}, {}, unit.within(std::chrono::minutes{10}));
    EXPECT_TRUE(unit.flash(expected.size()) == expected) << "wrong byte after write, seed " << seed;
    unit.flasher().verify(0, expected, {}, unit.within(std::chrono::minutes{5}));
    EXPECT_TRUE(unit.flash(expected.size()) == expected) << "verified wrong, seed " << seed;
    EXPECT_EQ(unit.slot().chip_fault(), "") << seed;
    return "PASS";
  } catch (const Fault& fault) {
    EXPECT_FALSE(fault.id().empty());
    EXPECT_FALSE(fault.next().empty()) << fault.id();
    return fault.id();
  }
}

void print(const std::map<std::string, int>& outcomes) {
  for (const auto& [outcome, count] : outcomes) {
    std::printf("  %4d  %s\n", count, outcome.c_str());
  }
}

class Noise : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Noise, AWriteEndsRightOrInAFault) {
  std::map<std::string, int> outcomes;
  const std::uint64_t runs = kRunsPerGroup * long_factor();
  for (std::uint64_t i = 0; i < runs; ++i) {
    const std::uint64_t seed = 1 + GetParam() + i * kGroups;
    ++outcomes[write_under(noise(seed), seed, twin::kSmallImage)];
  }
  print(outcomes);
}
INSTANTIATE_TEST_SUITE_P(Seeds, Noise, ::testing::Range<std::uint64_t>(0, kGroups));

class FullSizeNoise : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(FullSizeNoise, AWriteEndsRightOrInAFault) {
  // About one hit in a hundred thousand bytes: several in every such write.
  const double rate = 1e-5 * static_cast<double>(1 + GetParam() % 3);
  twin::SlotFaults faults;
  faults.flip_per_byte_to_chip = faults.flip_per_byte_to_host = rate;
  faults.drop_per_byte_to_chip = rate / 2;
  print({{write_under(faults, 1000 + GetParam(), twin::kFullImage), 1}});
}
INSTANTIATE_TEST_SUITE_P(Seeds, FullSizeNoise, ::testing::Range<std::uint64_t>(0, 3));

TEST(NoiseRig, WithoutNoiseAWritePasses) {
  EXPECT_EQ(write_under({}, 1, twin::kSmallImage), "PASS");
}

TEST(NoiseRig, MildNoiseIsOvercome) {
  // Once in every one or two writes a frame is hit; a flasher that gave up then would fail most.
  int passed = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    twin::SlotFaults faults;
    faults.flip_per_byte_to_chip = 2e-5;
    if (write_under(faults, seed, twin::kSmallImage) == "PASS") ++passed;
  }
  EXPECT_GE(passed, 7);
}

TEST(NoiseRig, OnAHopelessLineTheWriteEndsInAFault) {
  twin::SlotFaults faults;
  faults.flip_per_byte_to_chip = faults.flip_per_byte_to_host = 0.05;
  EXPECT_NE(write_under(faults, 1, twin::kSmallImage), "PASS");
}

TEST(NoiseRig, AWeakSectorIsNeverASuccess) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    test::SimulatedUnit unit({.flash = "weak_sector", .seed = seed});
    twin::ImageOptions options;
    options.size_bytes = twin::kSmallImage;
    const auto image = twin::make_image(options);
    try {
      unit.flasher().write_image(image, {}, {}, unit.within(std::chrono::minutes{10}));
      ADD_FAILURE() << "success with a wrong byte, seed " << seed;
    } catch (const Fault& fault) {
      EXPECT_EQ(fault.blame(), Blame::unit) << fault.what();
    }
  }
}

}  // namespace
}  // namespace plugrig
