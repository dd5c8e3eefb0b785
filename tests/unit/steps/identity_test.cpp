#include <gtest/gtest.h>

#include <deque>

#include "fake_context.hpp"
#include "sequences/steps/library.hpp"

namespace plugrig {
namespace {

/// Scans that come at their time.
class TimedScans final : public ScanSource {
 public:
  explicit TimedScans(Clock& clock) : clock_(clock) {}
  std::deque<std::pair<Duration, std::string>> coming;

  std::optional<Scan> next(const Deadline& deadline) override {
    if (coming.empty()) {
      clock_.wait({}, deadline);
      return std::nullopt;
    }
    const Instant due{coming.front().first};
    clock_.wait({}, deadline.no_later_than(due));
    if (clock_.now() < due) return std::nullopt;
    Scan scan{coming.front().second};
    coming.pop_front();
    return scan;
  }

 private:
  Clock& clock_;
};

class UnitSerial : public testing::Test {
 protected:
  UnitSerial() {
    seat_->enter();
    context_.plug_info.serial.source = SerialRules::Source::scan;
    context_.plug_info.serial.pattern = "EP2-[0-9]{6}";
    context_.known["mac"] = "A4:CF:12:00:00:01";
    context_.devices().scans = &scans_;
  }

  std::string fault(bool prove = false) {
    try {
      (prove ? type_.prove : type_.run)(context_);
    } catch (const Fault& fault) {
      blame_ = fault.blame();
      return fault.id();
    }
    return "";
  }

  std::unique_ptr<Clock> clock_ = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat_ = clock_->reserve("test");
  StepRegistry registry_ = steps::make_registry();
  const StepType& type_ = *registry_.find("unit.serial");
  FakeContext context_{type_, "", clock_.get()};
  TimedScans scans_{*clock_};
  Blame blame_ = Blame::software;
};

TEST_F(UnitSerial, TakesTheScanThatIsThere) {
  scans_.coming.push_back({Duration{}, "EP2-000042"});
  EXPECT_EQ(fault(), "");
  EXPECT_EQ(context_.known["serial"], "EP2-000042");
  EXPECT_EQ(clock_->now(), Instant{});
}

TEST_F(UnitSerial, WaitsForAScan) {
  scans_.coming.push_back({std::chrono::seconds{20}, "EP2-000042"});
  EXPECT_EQ(fault(), "");
  EXPECT_EQ(context_.known["serial"], "EP2-000042");
}

TEST_F(UnitSerial, WaitsOnlySoLong) {
  scans_.coming.push_back({std::chrono::seconds{61}, "EP2-000042"});
  EXPECT_EQ(fault(), "serial.no_scan");
  EXPECT_EQ(blame_, Blame::operator_);
  EXPECT_FALSE(context_.known.contains("serial"));
}

TEST_F(UnitSerial, AWrongScanIsKeptButNotBound) {
  scans_.coming.push_back({Duration{}, "EP3-000042"});
  EXPECT_EQ(fault(), "serial.pattern");
  EXPECT_FALSE(context_.known.contains("serial"));
  EXPECT_EQ(context_.known["serial_scanned"], "EP3-000042");
  // The retry of the step takes the next scan, not the one that started the unit.
  AttemptRecord attempt;
  attempt.step = "unit.serial";
  context_.unit_record.attempts.push_back(attempt);
  scans_.coming.push_back({Duration{}, "EP2-000042"});
  EXPECT_EQ(fault(), "");
  EXPECT_EQ(context_.known["serial"], "EP2-000042");
}

TEST_F(UnitSerial, ASerialOfAnotherPlugIsNotBound) {
  context_.seen.push_back(
      {"run-1-F1-1", "run-1", "ep2", "EP2-000042", "A4:CF:12:00:00:99", Verdict::pass, true});
  scans_.coming.push_back({Duration{}, "EP2-000042"});
  EXPECT_EQ(fault(), "serial.bound_elsewhere");
  EXPECT_EQ(blame_, Blame::operator_);
  EXPECT_FALSE(context_.known.contains("serial"));
}

TEST_F(UnitSerial, TheScanThatStartedTheUnitIsItsSerial) {
  context_.devices().scans = nullptr;
  context_.known["serial_scanned"] = "EP2-000042";
  EXPECT_EQ(fault(), "");
  EXPECT_EQ(context_.known["serial"], "EP2-000042");
}

TEST_F(UnitSerial, NeedsTheMac) {
  context_.known.clear();
  scans_.coming.push_back({Duration{}, "EP2-000042"});
  EXPECT_EQ(fault(), "serial.no_mac");
  EXPECT_EQ(blame_, Blame::config);
}

TEST_F(UnitSerial, NeedsAScanner) {
  context_.devices().scans = nullptr;
  EXPECT_EQ(fault(), "serial.no_scanner");
  EXPECT_EQ(blame_, Blame::config);
}

TEST_F(UnitSerial, MacAsSerialNeedsNoScan) {
  context_.plug_info.serial = {};
  context_.plug_info.serial.source = SerialRules::Source::mac;
  EXPECT_EQ(fault(), "");
  EXPECT_EQ(context_.known["serial"], "A4CF12000001");
  EXPECT_EQ(clock_->now(), Instant{}) << "nobody has to wait for a scan that nobody needs";
  context_.devices().scans = nullptr;
  EXPECT_EQ(fault(), "");
}

TEST_F(UnitSerial, MacAsSerialComparesALabelThatWasScanned) {
  context_.plug_info.serial = {};
  context_.plug_info.serial.source = SerialRules::Source::mac;
  scans_.coming = {{Duration{}, "a4-cf-12-00-00-01"}, {Duration{}, "A4CF12000002"}};
  EXPECT_EQ(fault(), "");
  context_.known.erase("serial_scanned");
  EXPECT_EQ(fault(), "serial.other_mac");
}

TEST_F(UnitSerial, StillHoldsWhenNothingTookTheSerialMeanwhile) {
  EXPECT_EQ(fault(true), "serial.not_bound");
  context_.known["serial"] = "EP2-000042";
  EXPECT_EQ(fault(true), "");
  context_.seen.push_back(
      {"x", "run-2", "ep2", "EP2-000042", "A4:CF:12:00:00:99", Verdict::aborted, false});
  EXPECT_EQ(fault(true), "serial.bound_elsewhere");
}

}  // namespace
}  // namespace plugrig
