#include "rig/engine/serial_rules.hpp"

#include <gtest/gtest.h>

namespace plugrig {
namespace {

SerialRules luhn_rules() {
  SerialRules rules;
  rules.source = SerialRules::Source::scan;
  rules.pattern = "EP2-([0-9]{7})";
  rules.check_digit = CheckDigit::luhn;
  rules.first = "EP2-000001";
  rules.last = "EP2-099999";
  rules.example = "EP2-0000018";
  return rules;
}

std::string id_of(const SerialRules& rules, const std::string& serial) {
  const auto fault = serial_fault(rules, serial);
  if (!fault) return "";
  EXPECT_EQ(fault->blame(), Blame::operator_);
  EXPECT_NE(fault->next().find("Scan"), std::string::npos) << fault->next();
  return fault->id();
}

TEST(SerialRules, TellWhichRuleIsBroken) {
  const auto rules = luhn_rules();
  EXPECT_EQ(id_of(rules, "EP2-0000018"), "");
  EXPECT_EQ(id_of(rules, "EP2-0999995"), "");
  EXPECT_EQ(id_of(rules, "EP2-0000019"), "serial.check_digit");
  EXPECT_EQ(id_of(rules, "EP3-0000018"), "serial.pattern");
  EXPECT_EQ(id_of(rules, "EP2-0000000"), "serial.range");
  EXPECT_EQ(id_of(rules, "EP2-1000009"), "serial.range");
  EXPECT_EQ(id_of(rules, ""), "serial.text");
  EXPECT_EQ(id_of(rules, " EP2-0000018"), "serial.text");
  EXPECT_EQ(id_of(rules, "EP2-\n"), "serial.text");
  EXPECT_EQ(id_of(rules, std::string(500, '1')), "serial.text");
}

TEST(SerialRules, ShowAPersonWhatASerialLooksLike) {
  EXPECT_NE(serial_fault(luhn_rules(), "4711")->next().find("EP2-0000018"), std::string::npos);
}

/// Without a group the check digit guards the whole serial, letters too where the method has them.
TEST(SerialRules, CheckTheWholeSerialWithoutAGroup) {
  SerialRules rules;
  rules.source = SerialRules::Source::scan;
  rules.pattern = "[A-Z][0-9A-Z-]{5,20}";
  rules.check_digit = CheckDigit::iso7064_mod37_36;
  EXPECT_EQ(id_of(rules, "A1-2425G-ABC1234002-M"), "");
  EXPECT_EQ(id_of(rules, "A1-2425G-ABC1234003-M"), "serial.check_digit");
}

TEST(SerialRules, TwoCheckDigitsAreNotPartOfTheRange) {
  SerialRules rules;
  rules.source = SerialRules::Source::scan;
  rules.pattern = "[0-9]{5}";
  rules.check_digit = CheckDigit::iso7064_mod97_10;
  rules.first = "700";
  rules.last = "794";
  EXPECT_EQ(id_of(rules, "79444"), "");
  rules.last = "793";
  EXPECT_EQ(id_of(rules, "79444"), "serial.range");
}

TEST(SerialRules, WithoutRulesAnyPrintableTextIsASerial) {
  EXPECT_EQ(id_of({}, "whatever 1"), "");
  EXPECT_EQ(id_of({}, "bell\a"), "serial.text");
}

TEST(SerialRules, MacAsSerialTakesAMacInAnyWriting) {
  SerialRules rules;
  rules.source = SerialRules::Source::mac;
  EXPECT_EQ(id_of(rules, "5c:cf:7f:12:34:56"), "");
  EXPECT_EQ(id_of(rules, "5CCF7F123456"), "");
  EXPECT_EQ(id_of(rules, "EP2-0000018"), "serial.not_a_mac");
  EXPECT_EQ(serial_of_mac("5c-cf-7f-12-34-56"), "5CCF7F123456");
  EXPECT_FALSE(serial_of_mac("5c:cf:7f:12:34"));
  EXPECT_FALSE(serial_of_mac("5c:cf:7f:12:34:5g"));
}

const Binding binding{"S1", "AA:00", "ep2", "run-2"};

SeenUnit seen(std::string serial, std::string mac, Verdict verdict = Verdict::pass) {
  return {"run-1-F1-1", "run-1", "ep2", std::move(serial), std::move(mac), verdict, true};
}

std::string bound(const SerialRules& rules, const std::vector<SeenUnit>& units) {
  const auto fault = binding_fault(rules, binding, units);
  return fault ? fault->id() : "";
}

TEST(Binding, SerialAndMacBelongTogether) {
  EXPECT_EQ(bound({}, {}), "");
  EXPECT_EQ(bound({}, {seen("S1", "AA:00")}), "");
  EXPECT_EQ(bound({}, {seen("S1", "AA:01")}), "serial.bound_elsewhere");
  EXPECT_EQ(bound({}, {seen("S2", "AA:00")}), "serial.bound_elsewhere");
  EXPECT_EQ(bound({}, {seen("S1", "AA:00"), seen("S2", "AA:00", Verdict::error)}),
            "serial.bound_elsewhere");
}

TEST(Binding, ARecordThatKnowsOnlyOneOfThemSaysNothing) {
  EXPECT_EQ(bound({}, {seen("", "AA:00")}), "");
  EXPECT_EQ(bound({}, {seen("S1", "")}), "");
}

TEST(Binding, SaysWhoseTheyAre) {
  const auto fault = binding_fault({}, binding, {seen("S1", "AA:01")});
  ASSERT_TRUE(fault);
  EXPECT_NE(fault->happened().find("AA:01"), std::string::npos);
  EXPECT_NE(fault->next().find("run-1-F1-1"), std::string::npos);
  EXPECT_EQ(fault->blame(), Blame::operator_);
}

TEST(Binding, OneTestOneSerialWhereTheProductSaysSo) {
  SerialRules once;
  once.seen_before = SeenBefore::refuse;
  EXPECT_EQ(bound(once, {seen("S1", "AA:00", Verdict::pass)}), "serial.seen_before");
  EXPECT_EQ(bound(once, {seen("S1", "AA:00", Verdict::fail)}), "serial.seen_before");
  EXPECT_EQ(bound(once, {seen("S1", "AA:00", Verdict::error)}), "");
  EXPECT_EQ(bound(once, {seen("S1", "AA:00", Verdict::aborted)}), "");
  auto other_job = seen("S1", "AA:00");
  other_job.sequence = "flash-only";
  EXPECT_EQ(bound(once, {other_job}), "");
  auto this_run = seen("S1", "AA:00");
  this_run.run_id = "run-2";
  EXPECT_EQ(bound(once, {this_run}), "");
}

}  // namespace
}  // namespace plugrig
