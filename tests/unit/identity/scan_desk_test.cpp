#include "rig/engine/scan_desk.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "rig/engine/scan_start.hpp"

namespace plugrig {
namespace {

using std::chrono::seconds;

/// Serials begin with S.
std::optional<Fault> check(std::string_view serial) {
  if (serial.starts_with('S')) return std::nullopt;
  return Fault("serial.pattern", Blame::operator_, "No serial.", "Scan again.");
}

class Bench : public testing::Test {
 protected:
  std::string scan(const std::string& text) {
    const ScanAnswer answer = desk.scan(text, now);
    if (const auto* chosen = std::get_if<SlotChosen>(&answer)) return "chosen " + chosen->slot;
    if (const auto* taken = std::get_if<ScanTaken>(&answer))
      return "taken " + taken->slot + " " + taken->text;
    if (const auto* label = std::get_if<LabelConfirmed>(&answer))
      return "closed " + label->unit.unit_id;
    const Fault& fault = std::get<ScanRefused>(answer).fault;
    EXPECT_EQ(fault.blame(), Blame::operator_);
    return fault.id();
  }

  ScanDesk desk{{"F1", "F2", "F3"}, check};
  Instant now{seconds{10}};
};

TEST_F(Bench, AScanGoesToTheOnlySlotThatWaits) {
  desk.wants("F2");
  EXPECT_EQ(scan("S1"), "taken F2 S1");
  EXPECT_EQ(desk.take("F2"), "S1");
  EXPECT_FALSE(desk.take("F2")) << "once";
  EXPECT_EQ(scan("S2"), "scan.no_slot");
}

TEST_F(Bench, WhereSeveralWaitNothingIsGuessed) {
  desk.wants("F1");
  desk.wants("F2");
  EXPECT_EQ(scan("S1"), "scan.which_slot");
  EXPECT_EQ(scan("slot f2"), "chosen F2");
  EXPECT_EQ(scan("S1"), "taken F2 S1");
  EXPECT_FALSE(desk.take("F1"));
}

TEST_F(Bench, ASlotStaysChosenForAMinuteAndForOneScan) {
  desk.wants("F1");
  desk.wants("F2");
  desk.wants("F3");
  EXPECT_EQ(scan("SLOT F2"), "chosen F2");
  now += seconds{61};
  EXPECT_EQ(scan("S1"), "scan.which_slot");
  EXPECT_EQ(scan("SLOT F2"), "chosen F2");
  EXPECT_EQ(scan("X1"), "serial.pattern") << "the slot is still chosen";
  EXPECT_EQ(scan("S1"), "taken F2 S1");
  EXPECT_EQ(scan("S2"), "scan.which_slot");
}

TEST_F(Bench, ASlotThatIsBusyOrUnknownCannotBeChosen) {
  desk.wants("F1");
  EXPECT_EQ(scan("SLOT F2"), "scan.slot_busy");
  EXPECT_EQ(scan("SLOT F9"), "scan.unknown_slot");
  EXPECT_EQ(scan("SLOT F1"), "chosen F1");
  desk.wants_no_more("F1");
  desk.wants("F3");
  EXPECT_EQ(scan("S1"), "scan.slot_busy") << "F1 was chosen; F3 is not a second choice";
}

TEST_F(Bench, ASerialIsInOneSlotAtATime) {
  desk.wants("F1");
  EXPECT_EQ(scan("S1"), "taken F1 S1");
  desk.wants("F2");
  EXPECT_EQ(scan("S1"), "serial.in_work");
  EXPECT_EQ(scan("S2"), "taken F2 S2");
  desk.wants("F1");
  EXPECT_EQ(scan("S1"), "taken F1 S1") << "a retest in the same slot";
}

const LabelledUnit first{"run-F1-1", "F1", "S1", "A4:CF:12:00:00:01"};
const LabelledUnit second{"run-F2-1", "F2", "S2", "A4:CF:12:00:00:02"};

TEST_F(Bench, TheLabelClosesItsUnit) {
  for (const char* text : {"S1", "run-F1-1", "a4cf12000001", "A4:CF:12:00:00:01"}) {
    desk.label_given(first);
    EXPECT_EQ(scan(text), "closed run-F1-1") << text;
    EXPECT_TRUE(desk.unconfirmed().empty());
  }
}

TEST_F(Bench, LabelsOfSeveralUnitsAreToldApart) {
  desk.label_given(first);
  desk.label_given(second);
  EXPECT_EQ(scan("S2"), "closed run-F2-1");
  ASSERT_EQ(desk.unconfirmed().size(), 1U);
  EXPECT_EQ(scan("S2"), "label.other_unit") << "S1 waits for its label, and S2 was scanned";
  EXPECT_EQ(desk.unconfirmed().size(), 1U);
}

TEST_F(Bench, WithTheSlotNamedTheLabelMustBeOfItsUnit) {
  desk.label_given(first);
  desk.label_given(second);
  EXPECT_EQ(scan("SLOT F1"), "chosen F1");
  EXPECT_EQ(scan("S2"), "label.other_unit");
  EXPECT_EQ(desk.unconfirmed().size(), 2U);
  EXPECT_EQ(scan("S1"), "closed run-F1-1");
}

TEST_F(Bench, ACertificateNeverStartsAUnit) {
  desk.label_given(first);
  EXPECT_EQ(scan("run-F1-1"), "closed run-F1-1");
  desk.wants("F1");
  EXPECT_EQ(scan("run-F1-1"), "label.other_unit");
  EXPECT_EQ(scan("S1"), "taken F1 S1") << "its serial does: a retest";
}

TEST_F(Bench, ALabelThatIsPrintedTwiceIsConfirmedOnce) {
  desk.label_given(first);
  desk.label_given(first);
  EXPECT_EQ(desk.unconfirmed().size(), 1U);
}

TEST(ScanRouting, AUnitStartsWhenItIsScanned) {
  const auto clock = make_virtual_clock();
  const auto seat = clock->reserve("slot");
  auto reader_seat = clock->reserve("reader");
  ScanRouter router(*clock, {"F1"}, check);
  seat->enter();
  std::jthread reader([&] {
    reader_seat->enter();
    router.wait_expected({});
    clock->sleep_for(seconds{5}, {});
    EXPECT_TRUE(std::holds_alternative<ScanRefused>(router.scan("X1")));
    EXPECT_TRUE(std::holds_alternative<ScanTaken>(router.scan("S1")));
    router.wait_expected({});
    router.close();
    reader_seat.reset();
  });
  ScanStart start(router, false);
  const ReadyUnit ready = start.wait("F1", {});
  EXPECT_EQ(ready.facts.at("serial_scanned"), "S1");
  EXPECT_EQ(clock->now(), Instant{seconds{5}});
  try {
    start.wait("F1", {});
    FAIL() << "started without a scan";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "scan.over");
  }
}

TEST(ScanRouting, AStopEndsTheWaitAndTheSlotTakesNoScanThen) {
  const auto clock = make_virtual_clock();
  const auto seat = clock->reserve("slot");
  seat->enter();
  ScanRouter router(*clock, {"F1"}, check);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(ScanStart(router, false).wait("F1", {Instant::max(), stop.get_token()}), Stopped);
  EXPECT_TRUE(std::holds_alternative<ScanRefused>(router.scan("S1")));
  EXPECT_EQ(SlotScans(router, "F1").next({clock->now() + seconds{1}}), std::nullopt);
}

}  // namespace
}  // namespace plugrig
