#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "tests/unit/twin_world/benches.hpp"
#include "tests/unit/twin_world/driven_bench.hpp"

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

bench::TwinUnitSpec larger_flash(int unit) {
  bench::TwinUnitSpec different;
  different.unit = unit;
  different.flash = "gd25q32";
  return different;
}

TEST(BatchPlugs, NumberAndSeedAloneDecideWhatAPlugIs) {
  Driven one(two_position_bench(2));
  Driven other(two_position_bench(2));
  one.bench.new_plug("F1", 5);
  other.wait(100s);
  other.bench.new_plug("F2", 5);
  EXPECT_EQ(one.bench.slot("F1").mac(), other.bench.slot("F2").mac());
  EXPECT_EQ(one.bench.slot("F1").flash(), other.bench.slot("F2").flash());
  other.bench.new_plug("F2", 6);
  EXPECT_NE(one.bench.slot("F1").mac(), other.bench.slot("F2").mac());
}

TEST(BatchPlugs, SixtyFourPlugsHaveSixtyFourMacs) {
  Driven bench(two_position_bench(1));
  std::set<std::string> macs;
  for (int unit = 1; unit <= 64; ++unit) {
    bench.bench.new_plug("F1", unit);
    macs.insert(bench.bench.slot("F1").mac());
  }
  EXPECT_EQ(macs.size(), 64U);
}

TEST(BatchPlugs, AddressOfASlotIsFreeAgainWhenItsPlugIsGone) {
  auto spec = two_position_bench(2);
  spec.slots[0].twin->address = "127.0.1.1";
  Driven bench(spec);
  bench.bench.new_plug("F1", 1);
  bench.bench.new_plug("F1", 2);
  EXPECT_EQ(bench.bench.address_of("F1"), "127.0.1.1");
}

TEST(BatchPlugs, TwoPlugsOfOneBenchNeverShareAnAddress) {
  auto spec = two_position_bench(2);
  for (auto& slot : spec.slots) slot.twin->address.clear();
  spec.slots[1].kind = bench::SlotKind::mains;
  spec.slots[1].has_port = false;
  spec.slots[1].twin.reset();
  Driven bench(spec);
  bench.bench.new_plug("F1", 1);
  bench.bench.move_plug("F1", "F2");
  bench.bench.new_plug("F1", 2);
  EXPECT_THAT(bench.bench.slots(), ElementsAre("F1", "F2"));
  EXPECT_NE(bench.bench.address_of("F1"), bench.bench.address_of("F2"));
}

TEST(BatchPlugs, AMovedPlugStaysWhatItIs) {
  auto spec = two_position_bench(2);
  spec.slots[1].has_port = false;
  spec.slots[1].twin.reset();
  Driven bench(spec);
  const auto mac = bench.bench.slot("F1").mac();
  const auto address = bench.bench.address_of("F1");
  bench.bench.move_plug("F1", "F2");
  EXPECT_EQ(bench.bench.plug_in_slot("F1"), nullptr);
  EXPECT_EQ(bench.bench.slot("F2").mac(), mac);
  EXPECT_EQ(bench.bench.address_of("F2"), address);
  EXPECT_THROW(bench.bench.move_plug("F1", "F2"), std::logic_error);
  bench.bench.new_plug("F1", 3);
  EXPECT_THROW(bench.bench.move_plug("F1", "F2"), std::logic_error);  // no room
}

TEST(BatchPlugs, UnitsOfTheListDifferAndOthersDoNot) {
  auto spec = two_position_bench(1);
  spec.twin.units = {larger_flash(3)};
  Driven bench(spec);
  const auto flash_bytes = [&](int unit) {
    bench.bench.new_plug("F1", unit);
    return bench.bench.slot("F1").flash().size();
  };
  EXPECT_EQ(flash_bytes(2), 0x100000U);
  EXPECT_EQ(flash_bytes(3), 0x400000U);
  EXPECT_EQ(flash_bytes(4), 0x100000U);
}

TEST(BatchPlugs, EveryMeansFromTheOffsetOn) {
  bench::TwinUnitSpec some;
  some.every = 8;
  std::vector<int> meant;
  for (int unit = 1; unit <= 24; ++unit)
    if (some.means(unit)) meant.push_back(unit);
  EXPECT_THAT(meant, ElementsAre(8, 16, 24));
  some.offset = 3;
  meant.clear();
  for (int unit = 1; unit <= 24; ++unit)
    if (some.means(unit)) meant.push_back(unit);
  EXPECT_THAT(meant, ElementsAre(3, 11, 19));
}

TEST(BatchPlugs, APlugThatTheFileStatesIsTheFirstUnit) {
  auto spec = two_position_bench(2);
  spec.slots[0].twin->stated = true;
  Driven bench(spec);
  const auto stated = bench.bench.slot("F1").mac();
  const auto other = bench.bench.slot("F2").mac();
  bench.bench.next_unit("F1", 1);
  bench.bench.next_unit("F2", 2);
  EXPECT_EQ(bench.bench.slot("F1").mac(), stated);
  EXPECT_NE(bench.bench.slot("F2").mac(), other);
  bench.bench.next_unit("F1", 3);
  EXPECT_NE(bench.bench.slot("F1").mac(), stated);
}

/// What the host hears when the slot's port is opened; the ROM speaks on power-on.
bool heard(Driven& bench) {
  bench.bench.set_port_open("F1", true, bench.now);
  auto& plug = bench.bench.slot("F1");
  plug.advance(bench.now + 2s);
  const bool any = plug.take().has_value();
  bench.now += 2s;
  bench.bench.set_port_open("F1", false, bench.now);
  bench.wait(1s);
  return any;
}

TEST(BatchPlugs, FaultsOfTheJigStayAndThoseOfThePlugGo) {
  const FieldValue yes{.text = "true", .number = 1, .items = {}, .place = {}};
  for (const auto& [fault, is_heard] :
       {std::pair{"open_tx", false}, {"open_power", false}, {"wrong_chip", true}}) {
    auto spec = two_position_bench(1);
    spec.slots[0].twin->faults.set(fault, yes);
    Driven bench(spec);
    EXPECT_FALSE(heard(bench)) << fault;
    bench.bench.new_plug("F1", 1);
    EXPECT_EQ(heard(bench), is_heard) << fault;
  }
}

TEST(BatchPlugs, APlugIsNotTakenOutFromUnderAnOpenPort) {
  Driven bench(two_position_bench(1));
  bench.bench.set_port_open("F1", true, bench.now);
  EXPECT_THROW(bench.bench.new_plug("F1", 1), std::logic_error);
  bench.bench.set_port_open("F1", false, bench.now);
  bench.wait(1s);
  bench.bench.new_plug("F1", 1);
  EXPECT_THAT(bench.bench.accidents(), IsEmpty());
}

TEST(BatchPlugs, AHandAtALiveSlotIsAnAccident) {
  Driven bench(two_position_bench(1));
  bench.relay(1, Driven::kContactor, true);
  bench.relay(1, 1, true);
  bench.bench.new_plug("F1", 1);
  bench.bench.new_plug("F1", 2);
  EXPECT_THAT(bench.bench.accidents(), ElementsAre("F1: mains on while a hand takes the plug out",
                                                   "F1: mains on while a hand takes the plug out"));
  EXPECT_TRUE(bench.bench.truth("F1").live);
}

TEST(BatchPlugs, APlugThatComesLateBeginsWhenItIsPutIn) {
  Driven bench(two_position_bench(1));
  bench.wait(3000s);
  bench.bench.new_plug("F1", 9);
  EXPECT_FALSE(bench.bench.slot("F1").take().has_value());  // it lay in its box
  EXPECT_TRUE(heard(bench));
}

}  // namespace
}  // namespace plugrig::twin
