// What distinguishes one kind of simulated flash from another.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <set>
#include <string>
#include <vector>

#include "fixtures/twin/chip/nor_flash.hpp"

namespace plugrig::twin {
namespace {

using Bytes = std::vector<std::uint8_t>;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr Duration kStart = milliseconds{1};

NorFlash make(const char* name, std::uint64_t seed = 1) {
  return NorFlash(*find_flash_profile(name), seed);
}

Duration program_time(NorFlash& flash, std::size_t length) {
  const Duration now = std::max(kStart, flash.busy_until());
  flash.write_enable(now);
  flash.program(0, Bytes(length, 0xFF), now);
  return flash.busy_until() - now;
}

Duration erase_time(NorFlash& flash) {
  const Duration now = std::max(kStart, flash.busy_until());
  flash.write_enable(now);
  flash.erase_sector(0, now);
  return flash.busy_until() - now;
}

Bytes read(const NorFlash& flash, std::uint32_t address, std::size_t length, Duration now) {
  Bytes out(length);
  flash.read(address, out, now);
  return out;
}

TEST(NorProfiles, TheTableIsSound) {
  std::set<std::string_view> names;
  for (const FlashProfile& profile : flash_profiles()) {
    SCOPED_TRACE(std::string(profile.name));
    EXPECT_TRUE(names.insert(profile.name).second);
    EXPECT_FALSE(profile.help.empty());
    EXPECT_TRUE(std::has_single_bit(profile.size_bytes));
    EXPECT_EQ(find_flash_profile(profile.name), &profile);
    if (profile.defect != FlashDefect::absent) {
      // The third id byte tells the size.
      EXPECT_EQ(1U << (profile.jedec_id >> 16), profile.size_bytes);
    }
  }
  for (const char* name : {"gd25q80", "puya", "slow", "stuck_wel", "stuck_wip", "absent", "locked",
                           "weak_sector", "gd25q32"}) {
    EXPECT_EQ(names.count(name), 1U) << name;
  }
  EXPECT_EQ(find_flash_profile("gd25q81"), nullptr);
}

TEST(NorProfiles, IdsTellTheMaker) {
  EXPECT_EQ(make("gd25q80").read_id(kStart), 0x144051U);
  EXPECT_EQ(make("puya").read_id(kStart) & 0xFF, 0x85U);
  EXPECT_EQ(make("slow").read_id(kStart) & 0xFF, 0xBAU);
  EXPECT_EQ(make("gd25q32").read_id(kStart), 0x1640C8U);
}

struct Figures {
  const char* profile;
  Duration page, piece, sector;  // typical
};

TEST(NorProfiles, TimesSpreadAroundTheirTypicalValue) {
  for (const Figures& typical :
       {Figures{"gd25q80", microseconds{667}, microseconds{187}, milliseconds{45}},
        Figures{"puya", milliseconds{2}, milliseconds{2}, milliseconds{8}},
        Figures{"slow", microseconds{2500}, microseconds{2500}, milliseconds{100}}}) {
    SCOPED_TRACE(typical.profile);
    NorFlash flash = make(typical.profile);
    std::set<Duration> seen;
    const auto near = [&](Duration got, Duration expected) {
      EXPECT_GE(got * 100, expected * 90);
      EXPECT_LE(got * 100, expected * 110);
      seen.insert(got);
    };
    for (int i = 0; i < 20; ++i) {
      near(program_time(flash, 256), typical.page);
      near(program_time(flash, 64), typical.piece);
      near(erase_time(flash), typical.sector);
    }
    EXPECT_GT(seen.size(), 30U);
  }
}

TEST(NorProfiles, OneSeedGivesOneSeriesOfTimes) {
  NorFlash a = make("gd25q80", 5), b = make("gd25q80", 5), c = make("gd25q80", 6);
  std::vector<Duration> of_a, of_b, of_c;
  for (int i = 0; i < 8; ++i) {
    of_a.push_back(erase_time(a));
    of_b.push_back(erase_time(b));
    of_c.push_back(erase_time(c));
  }
  EXPECT_EQ(of_a, of_b);
  EXPECT_NE(of_a, of_c);
}

TEST(NorProfiles, PuyaOverwritesInsteadOfClearingBits) {
  NorFlash flash = make("puya");
  const auto program = [&](const Bytes& bytes) {
    const Duration now = std::max(kStart, flash.busy_until());
    flash.write_enable(now);
    flash.program(0x100, bytes, now);
  };
  program({0x00, 0x0F, 0x11});
  program({0xFF, 0xF0});
  EXPECT_EQ(read(flash, 0x100, 3, flash.busy_until()), (Bytes{0xFF, 0xF0, 0x11}));
}

TEST(NorProfiles, StuckWelNeverTakesWriteEnable) {
  NorFlash flash = make("stuck_wel");
  flash.write_enable(kStart);
  EXPECT_EQ(flash.read_status(kStart), 0);
  flash.program(0, Bytes{0}, kStart);
  EXPECT_FALSE(flash.busy(kStart));
  EXPECT_EQ(read(flash, 0, 1, kStart), Bytes{0xFF});
  EXPECT_EQ(flash.read_id(kStart), 0x144051U);
}

TEST(NorProfiles, StuckWipNeverEndsItsFirstEraseUntilTheSupplyIsCut) {
  NorFlash flash = make("stuck_wip");
  flash.write_enable(kStart);
  flash.write_status(Bytes{0}, kStart);
  const Duration now = flash.busy_until();
  EXPECT_LT(now, std::chrono::seconds{1});
  flash.write_enable(now);
  flash.erase_sector(0, now);
  EXPECT_EQ(flash.busy_until(), Duration::max());
  EXPECT_EQ(flash.read_status(std::chrono::hours{1}) & NorFlash::kWip, NorFlash::kWip);
  flash.power_cycle(std::chrono::hours{1});
  EXPECT_EQ(flash.read_status(std::chrono::hours{1}), 0);
  EXPECT_EQ(flash.read_id(std::chrono::hours{1}), 0x144051U);
}

TEST(NorProfiles, AbsentReadsFF) {
  NorFlash flash = make("absent");
  flash.load(0, Bytes{0});
  EXPECT_EQ(flash.read_id(kStart), 0xFFFFFFU);
  EXPECT_EQ(flash.read_status(kStart), 0xFF);
  EXPECT_EQ(read(flash, 0, 1, kStart), Bytes{0xFF});
  Bytes received(4, 0);
  flash.transfer(Bytes{0x9F, 0, 0, 0}, received, kStart);
  EXPECT_EQ(received, Bytes(4, 0xFF));
}

TEST(NorProfiles, LockedIgnoresWritesUntilItsStatusIsCleared) {
  NorFlash flash = make("locked");
  flash.load(0, Bytes{0x5A});
  EXPECT_EQ(flash.read_status(kStart), 0x1C);
  flash.write_enable(kStart);
  flash.erase_sector(0, kStart);
  EXPECT_EQ(read(flash, 0, 1, kStart), Bytes{0x5A});
  flash.write_enable(kStart);
  flash.write_status(Bytes{0}, kStart);
  Duration now = flash.busy_until();
  flash.write_enable(now);
  flash.erase_sector(0, now);
  now = flash.busy_until();
  EXPECT_EQ(read(flash, 0, 1, now), Bytes{0xFF});
}

TEST(NorProfiles, TheWeakSectorKeepsBitsAtOneAndNoOtherDoes) {
  std::set<std::uint32_t> sectors;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    NorFlash flash = make("weak_sector", seed);
    ASSERT_TRUE(flash.weak_sector());
    const std::uint32_t weak = *flash.weak_sector();
    sectors.insert(weak);
    flash.load(0, Bytes(0x8000, 0));
    for (std::uint32_t sector = 0; sector < 0x8000; sector += NorFlash::kSector) {
      const Bytes bytes = read(flash, sector, NorFlash::kSector, kStart);
      const bool whole = std::all_of(bytes.begin(), bytes.end(), [](auto b) { return b == 0; });
      EXPECT_EQ(whole, sector != weak) << seed;
    }
  }
  EXPECT_GT(sectors.size(), 3U);
  EXPECT_FALSE(make("gd25q80").weak_sector());
}

TEST(NorProfiles, ProgrammingTheWeakSectorLeavesTheSameBitsEachTime) {
  NorFlash flash = make("weak_sector", 3);
  Duration now = kStart;
  const std::uint32_t weak = *flash.weak_sector();
  std::vector<Bytes> rounds;
  for (int round = 0; round < 2; ++round) {
    flash.write_enable(now);
    flash.erase_sector(weak, now);
    for (std::uint32_t page = 0; page < NorFlash::kSector; page += NorFlash::kPage) {
      now = flash.busy_until();
      flash.write_enable(now);
      flash.program(weak + page, Bytes(NorFlash::kPage, 0), now);
    }
    now = flash.busy_until();
    rounds.push_back(read(flash, weak, NorFlash::kSector, now));
  }
  EXPECT_EQ(rounds[0], rounds[1]);
  EXPECT_NE(rounds[0], Bytes(NorFlash::kSector, 0));
}

}  // namespace
}  // namespace plugrig::twin
