// What of a unit reaches the record: measurements, facts, secrets, and what happens when the store
// fails.
#include <gmock/gmock.h>

#include "tests/unit/engine/harness.hpp"

namespace plugrig::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class UnitRecords : public testing::Test, protected Harness {
 protected:
  void SetUp() override {
    step("t.pass", [](StepContext&) {});
    step("t.clean", [](StepContext&) {});
    failing("t.fail", 99, Blame::unit);
  }
  void measuring(const std::string& name, double value, Verdict said = Verdict::pass,
                 bool then_throw = false) {
    step(name, [=](StepContext& c) {
      Measurement m;
      m.id = "power";
      m.value = value;
      m.unit = "W";
      m.low = 10.0;
      m.high = 20.0;
      m.verdict = said;
      c.measure(m);
      if (then_throw) throw Fault("meter.lost", Blame::instrument, "Gone.", "Look.");
    });
  }
  Verdict verdict(const RunResult& result) { return result.units.at(0).record.verdict; }
};

TEST_F(UnitRecords, AMeasurementOutsideItsLimitsFailsTheUnit) {
  measuring("t.measure", 21.0);
  EXPECT_EQ(verdict(run_steps({"t.measure: {}"})), Verdict::fail);
  EXPECT_TRUE(log.has("measured power 21 fail"));
  EXPECT_TRUE(log.has("end t.measure 1 fail measurement.outside_limits unit"));
}

TEST_F(UnitRecords, AMeasurementInsideItsLimitsPasses) {
  measuring("t.measure", 20.0);
  EXPECT_EQ(verdict(run_steps({"t.measure: {}"})), Verdict::pass);
}

TEST_F(UnitRecords, AnInconclusiveMeasurementIsNeverPass) {
  measuring("t.measure", 15.0, Verdict::inconclusive);
  EXPECT_EQ(verdict(run_steps({"t.measure: {}"})), Verdict::inconclusive);
}

TEST_F(UnitRecords, ARigFaultAfterAFailedMeasurementStandsBesideIt) {
  measuring("t.measure", 21.0, Verdict::pass, true);
  EXPECT_EQ(verdict(run_steps({"t.measure: {}"})), Verdict::fail);
  EXPECT_EQ(recorder.attempts.back().fault_id, "measurement.outside_limits");
  EXPECT_THAT(recorder.attempts.back().evidence.at(0).text, HasSubstr("meter.lost"));
}

TEST_F(UnitRecords, WhatIsNoNumberIsAFault) {
  measuring("t.measure", std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(verdict(run_steps({"t.measure: {}"})), Verdict::error);
  EXPECT_TRUE(log.has("measurement.no_number software"));
}

TEST_F(UnitRecords, FactsAreKnownToLaterStepsAndToTheirParameters) {
  step("t.know", [](StepContext& c) { c.fact("mac", "A4:CF"); });
  step("t.use", [](StepContext& c) { c.say(c.params().text("text") + c.facts().at("mac")); });
  EXPECT_EQ(verdict(run_steps({"t.know: {}", "t.use: {text: '{{unit.mac}}-{{unit.slot}} '}"})),
            Verdict::pass);
  EXPECT_TRUE(log.has("  recorded: fact mac=A4:CF\nF1: fact mac=A4:CF"));
  EXPECT_TRUE(log.has("said A4:CF-F1 A4:CF"));
}

TEST_F(UnitRecords, AFactThatIsNotKnownIsAConfigFault) {
  step("t.use", [](StepContext&) {});
  const RunResult result = run_steps({"t.use: {text: '{{unit.mac}}'}"});
  EXPECT_TRUE(log.has("end t.use 1 error step.parameters config"));
  EXPECT_EQ(result.exit_code, 2);
}

TEST_F(UnitRecords, SecretsReachNoEventAndNoRecord) {
  secrets["pass"] = "hun ter/2";
  step("t.leak", [](StepContext& c) {
    const std::string secret = c.params().text("text");
    EXPECT_EQ(secret, "hun ter/2") << "the step itself gets the secret";
    c.say("raw " + secret + " url hun%20ter%2F2 hun+ter%2f2 json hun ter\\/2");
    c.progress(secret, 0, 0, 0);
    c.fact("note", secret);
    Measurement m;
    m.id = secret;
    m.condition = secret;
    m.instrument = secret;
    c.measure(m);
    c.attach(secret, secret, {1}, true);
    throw Fault("test." + secret, Blame::unit, "Saw " + secret, "Hide " + secret,
                {{secret, secret}});
  });
  run_steps({"t.leak: {text: '{{pass}}'}"}, {}, "variables: {pass: {type: secret}}\n");
  const AttemptRecord& attempt = recorder.attempts.at(1);
  std::string all = log.text() + sink.json.text();
  for (const std::string& text : attempt.said) all += text;
  for (const Evidence& item : attempt.evidence) all += item.name + item.text;
  for (const Measurement& m : attempt.measurements) all += m.id + m.condition + m.instrument;
  for (const Attachment& item : attempt.attachments) all += item.name + item.media_type;
  all += attempt.fault_id + attempt.happened + attempt.next;
  for (const char* form : {"hun ter/2", "hun%20ter", "hun+ter", "hun ter\\/2"}) {
    EXPECT_THAT(all, Not(HasSubstr(form)));
  }
  EXPECT_TRUE(log.has("said raw [secret] url [secret] [secret] json [secret]"));
}

TEST_F(UnitRecords, ASecretWrittenInTheSequenceIsASecretToo) {
  step("t.leak", [](StepContext& c) { c.say("it is " + c.params().text("secret")); });
  run_steps({"t.leak: {secret: hunter2}"});
  EXPECT_TRUE(log.has("said it is [secret]"));
}

/// Runs two passing steps with a store that fails at its `fail_from`th write.
class StoreFailure : public UnitRecords, public testing::WithParamInterface<int> {};

TEST_P(StoreFailure, IsNeverPassAndCleanUpRuns) {
  recorder.fail_from = GetParam();
  options.units = 3;
  const RunResult result = run_steps({"t.pass: {}", "t.pass: {}"}, {"t.clean: {}"});
  ASSERT_EQ(result.units.size(), 1U) << "no further unit begins";
  EXPECT_EQ(verdict(result), Verdict::error);
  EXPECT_FALSE(result.units[0].recorded);
  EXPECT_EQ(result.units[0].fault_id, "store.full");
  EXPECT_TRUE(log.has("unit error NOT RECORDED store.full"));
  EXPECT_EQ(result.exit_code, 3);
  // Call 1 is the run, 2 the unit: without a begun unit nothing moves at all.
  EXPECT_EQ(log.has("start t.clean 1/1"), GetParam() > 2);
  EXPECT_FALSE(log.has("recorded: end"));
}

// Calls: run, unit, slot.open, t.pass, t.pass, t.clean, end.
INSTANTIATE_TEST_SUITE_P(AtEveryCall, StoreFailure, testing::Range(2, 8));

TEST_F(UnitRecords, AfterAFailedWriteNoFurtherStepStarts) {
  recorder.fail_from = 4;
  run_steps({"t.pass: {}", "t.pass: {}"}, {"t.clean: {}"});
  const std::string text = log.text();
  EXPECT_EQ(text.find("start t.pass"), text.rfind("start t.pass"));
}

TEST_F(UnitRecords, ARecordWithAHoleIsNotFinished) {
  recorder.fail_from = 4;
  recorder.fail_once = true;
  const RunResult result = run_steps({"t.pass: {}"}, {"t.clean: {}"});
  EXPECT_TRUE(log.has("end t.clean 1 pass"));
  EXPECT_FALSE(log.has("recorded: t.clean"));
  EXPECT_FALSE(log.has("recorded: end"));
  EXPECT_FALSE(result.units.at(0).recorded);
}

TEST_F(UnitRecords, AFailThatCannotBeRecordedIsStillToldAsFail) {
  recorder.fail_from = 5;
  const RunResult result = run_steps({"t.fail: {}"});
  EXPECT_EQ(verdict(result), Verdict::fail);
  EXPECT_TRUE(log.has("unit fail NOT RECORDED test.fault"));
  EXPECT_EQ(result.exit_code, 3);
}

TEST_F(UnitRecords, ARunThatCannotBeRecordedDoesNotStart) {
  recorder.fail_from = 1;
  EXPECT_THROW(run_steps({"t.pass: {}"}), Fault);
  EXPECT_FALSE(log.has("start"));
}

TEST_F(UnitRecords, AnAttachmentThatCannotBeKeptFailsItsStep) {
  recorder.fail_from = 4;
  step("t.attach", [](StepContext& c) { c.attach("a", "b", {1}, false); });
  const RunResult result = run_steps({"t.attach: {}"});
  EXPECT_TRUE(log.has("end t.attach 1 error store.full host"));
  EXPECT_FALSE(result.units.at(0).recorded);
}

TEST_F(UnitRecords, TextFilesAreCleanedOfSecretsToo) {
  step("t.attach", [](StepContext& c) {
    const std::string text = "Password hunter22 and hunter22";
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    c.add_secret("hunter22");
    c.attach("log.txt", "text/plain", bytes, false);
    c.attach("answer.json", "application/json", bytes, true);
    c.attach("flash.bin", "application/octet-stream", bytes, true);
  });
  EXPECT_EQ(verdict(run_steps({"t.attach: {}"})), Verdict::pass);
  EXPECT_EQ(recorder.files.at("log.txt"), "Password [secret] and [secret]");
  EXPECT_EQ(recorder.files.at("answer.json"), "Password [secret] and [secret]");
  EXPECT_EQ(recorder.files.at("flash.bin"), "Password hunter22 and hunter22")
      << "a backup is kept as it is, for the owner only";
}

TEST_F(UnitRecords, StepsKnowTheNewestEarlierRecord) {
  recorder.newest = UtcTime{1234};
  step("t.time", [](StepContext& c) { EXPECT_EQ(c.last_recorded(), UtcTime{1234}); });
  EXPECT_EQ(verdict(run_steps({"t.time: {}"})), Verdict::pass);
}

TEST_F(UnitRecords, TheOperatorIsAFactOfTheUnit) {
  options.operator_name = "Kim";
  const RunResult result = run_steps({"t.pass: {}"});
  EXPECT_EQ(result.units.at(0).record.facts.at("operator"), "Kim");
}

}  // namespace
}  // namespace plugrig::test
