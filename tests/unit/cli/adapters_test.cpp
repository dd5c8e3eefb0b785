#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "drivers/serial/ftdi/udev.hpp"
#include "fixtures/bench/bench.hpp"
#include "rig/cli/commands/adapter_eeprom.hpp"
#include "rig/cli/commands/adapter_text.hpp"
#include "tests/unit/ftdi/fake_channel.hpp"

namespace plugrig::cli {
namespace {

using ftdi::AdapterInfo;
using ftdi::ChipKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

AdapterInfo adapter(ChipKind chip, const std::string& serial, const std::string& path) {
  const auto& facts = ftdi::facts_of(chip);
  AdapterInfo info;
  info.chip = chip;
  info.product = facts.product;
  info.bcd_device = facts.bcd_device;
  info.serial = serial;
  info.description = "Some RS232";
  info.manufacturer = "FTDI";
  info.path = path;
  info.node = "/dev/bus/usb/001/005";
  info.permitted = true;
  info.channels.resize(static_cast<std::size_t>(facts.channels));
  return info;
}

AdapterInfo forbidden(ChipKind chip, const std::string& path) {
  auto info = adapter(chip, "", path);
  info.permitted = false;
  info.why_not = "Permission denied";
  return info;
}

std::string usage_error(const std::function<void()>& action) {
  try {
    action();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "none";
}

TEST(AdaptersText, NothingAttachedSaysWhatToDo) {
  const auto text = adapters_text({}, {});
  EXPECT_THAT(text, HasSubstr("No FTDI adapter is attached."));
  EXPECT_THAT(text, HasSubstr("Plug one in (FT232R, FT230X, FT231X, FT232H, FT2232H, FT4232H)"));
  EXPECT_THAT(text, HasSubstr("/dev/bus/usb"));
  EXPECT_THAT(text, Not(HasSubstr("rule"))) << "nobody knows whether one is missing";
}

TEST(AdaptersText, TellsChipSerialPathAndWhoHoldsEachChannel) {
  auto quad = adapter(ChipKind::ft4232h, "FT7XK2A1", "1-4.2");
  quad.channels[0].kernel_driver = "ftdi_sio";
  quad.channels[1].holder = serial::PortHolder{4711, "openocd"};
  quad.channels[2].holder = serial::PortHolder{4712, ""};
  const auto text = adapters_text({quad}, {});
  EXPECT_THAT(text, HasSubstr("FT4232H  serial FT7XK2A1  path 1-4.2  (Some RS232, FTDI)\n"));
  EXPECT_THAT(text, testing::ContainsRegex("  A  free +kernel driver ftdi_sio\n"));
  EXPECT_THAT(text,
              testing::ContainsRegex("  B  held by openocd .process 4711. +no kernel driver"));
  EXPECT_THAT(text, HasSubstr("  C  held by a program (process 4712)"));
  EXPECT_THAT(text, HasSubstr("  D  free"));
  EXPECT_THAT(text, HasSubstr("  quad: {chip: FT4232H, serial: FT7XK2A1}\n"));
  EXPECT_THAT(text, HasSubstr("    uart: quad.A\n"));
}

TEST(AdaptersText, WhatIsPastedIsYamlThatNamesTheAdaptersAgain) {
  const auto text = adapters_text(
      {adapter(ChipKind::ft232r, "00012345", "1-1"), adapter(ChipKind::ft2232h, "AB\"C: {", "1-2"),
       adapter(ChipKind::ft232h, "no", "1-3"), adapter(ChipKind::ft_x, "1E5", "1-4"),
       adapter(ChipKind::ft4232h, "", "1-5")},
      {});
  const auto from = text.find("adapters:\n");
  ASSERT_NE(from, std::string::npos);
  const auto file = std::filesystem::path(testing::TempDir()) / "pasted_bench.yaml";
  std::ofstream(file) << "bench: pasted\n"
                      << text.substr(from) << "    kind: flash\n    lines: {wiring: bare-wires}\n";
  Problems problems;
  const auto bench =
      bench::load_bench(file, std::string(PLUGRIG_SOURCE_DIR) + "/fixtures", problems);
  std::filesystem::remove(file);
  EXPECT_EQ(problems.render(), "");
  std::map<std::string, std::string> named;
  for (const auto& a : bench.adapters) named[a.name] = a.chip + " " + a.serial + " " + a.path;
  EXPECT_EQ(named["single"], "FT232R 00012345 ");
  EXPECT_EQ(named["dual"], "FT2232H AB\"C: { ");
  EXPECT_EQ(named["single2"], "FT232H no ");
  EXPECT_EQ(named["single3"], "FT230X 1E5 ");
  EXPECT_EQ(named["quad"], "FT4232H  1-5");
  ASSERT_EQ(bench.slots.size(), 1U);
  EXPECT_EQ(bench.slots[0].port.kind, bench::PortSpec::Kind::ftdi);
  EXPECT_EQ(bench.slots[0].port.address, "single.A");
}

TEST(BenchAdapters, ABlankSerialFallsBackToThePathAndSaysWhy) {
  const auto names = bench_adapters({adapter(ChipKind::ft2232h, "", "2-1.3")});
  ASSERT_EQ(names.size(), 1U);
  EXPECT_EQ(names[0].name, "dual");
  EXPECT_EQ(names[0].fields, "{chip: FT2232H, path: 2-1.3}");
  EXPECT_EQ(names[0].why, "it has no serial number");
}

TEST(BenchAdapters, ASerialThatSeveralHaveNamesNone) {
  const auto names = bench_adapters({adapter(ChipKind::ft232r, "SAME", "1-1"),
                                     adapter(ChipKind::ft232h, "SAME", "1-2"),
                                     adapter(ChipKind::ft232r, "OTHER1", "1-3")});
  EXPECT_EQ(names[0].fields, "{chip: FT232R, path: 1-1}");
  EXPECT_EQ(names[1].fields, "{chip: FT232H, path: 1-2}");
  EXPECT_THAT(names[0].why, HasSubstr("2 attached adapters have serial number SAME"));
  EXPECT_EQ(names[2].fields, "{chip: FT232R, serial: OTHER1}");
  EXPECT_EQ(names[2].why, "");
  EXPECT_NE(names[0].name, names[1].name);
  EXPECT_NE(names[1].name, names[2].name);
}

TEST(BenchAdapters, TheSerialOfCopiesNamesNone) {
  for (const auto* serial : {"A5XK3RJT", "00000000"}) {
    const auto names = bench_adapters({adapter(ChipKind::ft232r, serial, "1-1")});
    EXPECT_EQ(names[0].fields, "{chip: FT232R, path: 1-1}");
    EXPECT_THAT(names[0].why, HasSubstr("many copies"));
  }
}

TEST(BenchAdapters, AChipThatTheRigDoesNotKnowGetsNoLine) {
  auto odd = adapter(ChipKind::ft232r, "FT1", "1-1");
  odd.chip.reset();
  odd.bcd_device = 0x3000;
  const auto names = bench_adapters({odd});
  EXPECT_EQ(names[0].fields, "");
  EXPECT_THAT(names[0].why, HasSubstr("bcdDevice 3000"));
  const auto text = adapters_text({odd}, {});
  EXPECT_THAT(text, HasSubstr("The adapter at 1-1 cannot be used"));
  EXPECT_THAT(text, HasSubstr("the rig knows FT232R"));
  EXPECT_THAT(text, Not(HasSubstr("For the bench file")));
}

TEST(AdaptersText, NamesTheMissingRuleOnlyWhereOneIsMissing) {
  const UdevRules none;
  const auto good = adapter(ChipKind::ft4232h, "FT1", "1-1");
  EXPECT_THAT(adapters_text({good}, none), Not(HasSubstr("udev")));

  const auto bad = adapters_text({good, forbidden(ChipKind::ft232r, "1-2")}, none);
  EXPECT_THAT(bad, HasSubstr("NOT PERMITTED for this user: /dev/bus/usb/001/005 (Permission "
                             "denied)"));
  EXPECT_THAT(bad, HasSubstr("The udev rule for 0403:6001 is missing."));
  EXPECT_THAT(bad, HasSubstr(ftdi::udev_rule_for(0x6001)));
  EXPECT_THAT(bad, Not(HasSubstr("6011")));
  EXPECT_THAT(bad, HasSubstr("/etc/udev/rules.d/70-plugrig-ftdi.rules"));
  EXPECT_THAT(bad, HasSubstr("its serial number cannot be read without permission"));
}

TEST(AdaptersText, ARuleThatIsThereAndDidNotHelpGetsAnotherAdvice) {
  const UdevRules rules{{0x6001, "/etc/udev/rules.d/60-other.rules"}};
  const auto text = adapters_text({forbidden(ChipKind::ft232r, "1-2")}, rules);
  EXPECT_THAT(text, HasSubstr("is there (/etc/udev/rules.d/60-other.rules)"));
  EXPECT_THAT(text, HasSubstr("Plug the adapter in again"));
  EXPECT_THAT(text, HasSubstr("adduser USER plugdev"));
  EXPECT_THAT(text, Not(HasSubstr("missing")));
}

TEST(AdaptersText, NamesFromADeviceCannotDriveTheTerminal) {
  auto evil = adapter(ChipKind::ft232r, "A\x1b[2J\n", "1-1");
  evil.description = "\x1b]0;x\x07";
  evil.channels[0].kernel_driver = "d\x1b";
  evil.channels[0].holder = serial::PortHolder{1, "c\x1b[1A"};
  const auto text = adapters_text({evil}, {});
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("{chip: FT232R, path: 1-1}"));
}

TEST(AdaptersJson, OneObjectAnAdapter) {
  auto quad = adapter(ChipKind::ft4232h, "FT7XK2A1", "1-4.2");
  quad.channels[1].holder = serial::PortHolder{4711, "openocd"};
  auto bad = forbidden(ChipKind::ft232r, "1-5");
  bad.description = "broken \xff";
  const auto lines = adapters_json({quad, bad}, {});
  ASSERT_EQ(lines.size(), 2U);
  for (const auto& line : lines) EXPECT_THAT(line, Not(HasSubstr("\n")));
  const auto first = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(first["chip"], "FT4232H");
  EXPECT_EQ(first["product"], "6011");
  EXPECT_EQ(first["channels"].size(), 4U);
  EXPECT_EQ(first["channels"][1]["channel"], "B");
  EXPECT_EQ(first["channels"][1]["holder"]["pid"], 4711);
  EXPECT_EQ(first["bench"]["adapter"], "{chip: FT4232H, serial: FT7XK2A1}");
  EXPECT_FALSE(first.contains("udev_rule_missing"));
  const auto second = nlohmann::json::parse(lines[1]);
  EXPECT_EQ(second["permitted"], false);
  EXPECT_EQ(second["why_not"], "Permission denied");
  EXPECT_EQ(second["udev_rule_missing"], ftdi::udev_rule_for(0x6001));
}

TEST(UdevRulesFile, HasTheRuleOfEveryChipAndSortsBeforeTheSeatRules) {
  const std::string name = "70-plugrig-ftdi.rules";
  EXPECT_LT(name, "73-seat-late.rules");
  std::ifstream file(std::string(PLUGRIG_SOURCE_DIR) + "/drivers/serial/ftdi/" + name);
  std::vector<std::string> rules;
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && line.front() != '#') rules.push_back(line);
  EXPECT_THAT(
      rules, testing::UnorderedElementsAre(ftdi::udev_rule_for(0x6001), ftdi::udev_rule_for(0x6010),
                                           ftdi::udev_rule_for(0x6011), ftdi::udev_rule_for(0x6014),
                                           ftdi::udev_rule_for(0x6015)));
}

TEST(AdapterNamed, BySerialOrPathWithTheNearestName) {
  const std::vector<AdapterInfo> attached{adapter(ChipKind::ft232r, "FT7XK2A1", "1-4"),
                                          adapter(ChipKind::ft232h, "", "1-5")};
  EXPECT_EQ(adapter_named(attached, "FT7XK2A1").path, "1-4");
  EXPECT_EQ(adapter_named(attached, "1-5").chip, ChipKind::ft232h);
  EXPECT_THAT(usage_error([&] { adapter_named(attached, "FT7XK2A2"); }),
              HasSubstr("did you mean 'FT7XK2A1'?"));
  EXPECT_THAT(usage_error([&] { adapter_named(attached, ""); }),
              HasSubstr("known: FT7XK2A1, 1-4, 1-5"));
  EXPECT_THAT(usage_error([] { adapter_named({}, "x"); }), HasSubstr("plug it in"));
}

TEST(AdapterNamed, TwoOfOneSerialAreToldApartByPath) {
  const std::vector<AdapterInfo> attached{adapter(ChipKind::ft232r, "S1", "1-4"),
                                          adapter(ChipKind::ft232r, "S1", "1-5")};
  const auto error = usage_error([&] { adapter_named(attached, "S1"); });
  EXPECT_THAT(error, HasSubstr("1-4"));
  EXPECT_THAT(error, HasSubstr("1-5"));
  EXPECT_THAT(error, HasSubstr("name one by its path"));
  EXPECT_EQ(&adapter_named(attached, "1-5"), &attached[1]);
}

TEST(CbusPins, AreNumbersFromZeroToThreeOnceEach) {
  EXPECT_THAT(parse_cbus_pins("0,1"), ElementsAre(0, 1));
  EXPECT_THAT(parse_cbus_pins("3"), ElementsAre(3));
  for (const auto* wrong : {"", ",", "4", "-1", "a", "0x1", "0,,1", "1 ", "99999999999", "CBUS0"})
    EXPECT_THAT(usage_error([&] { parse_cbus_pins(wrong); }), HasSubstr("--set-cbus-io takes"))
        << wrong;
  EXPECT_THAT(usage_error([] { parse_cbus_pins("1,1"); }), HasSubstr("pin 1 twice"));
}

/// An FT232R as it leaves the factory: LEDs and clocks at its CBUS pins.
class Eeprom : public testing::Test {
 protected:
  explicit Eeprom(ChipKind chip = ChipKind::ft232r)
      : clock_(make_virtual_clock()),
        seat_(clock_->reserve("test")),
        fake_(std::make_shared<ftdi::FakeAdapter>(chip)) {
    seat_->enter();
    fake_->eeprom[5] = 0;          // no line inverted
    fake_->eeprom[0x0A] = 0x5623;  // CBUS0 TXLED#, CBUS1 RXLED#, CBUS2 …
    fake_->seal();
  }
  std::string run(const EepromJob& job) {
    std::ostringstream out;
    std::ostringstream err;
    Console console{.out = out, .err = err, .stop = {}};
    ftdi::FakeChannel channel(fake_, 0, *clock_);
    eeprom_job(channel, job, console);
    EXPECT_EQ(err.str(), "");
    return out.str();
  }
  std::string fault(const EepromJob& job) {
    return ftdi::fault_id([&] { run(job); });
  }

  std::unique_ptr<Clock> clock_;
  std::unique_ptr<Clock::Seat> seat_;
  std::shared_ptr<ftdi::FakeAdapter> fake_;
};

TEST_F(Eeprom, ShowsFunctionsAndThatNothingIsInverted) {
  const auto text = run({});
  EXPECT_THAT(text, HasSubstr("FT232R at 1-4: EEPROM valid, its checksum holds\n"));
  EXPECT_THAT(text, HasSubstr("  CBUS0   TXLED#   (not the rig's: give it to I/O with "
                              "--set-cbus-io 0)\n"));
  EXPECT_THAT(text, HasSubstr("no line is inverted"));
}

TEST_F(Eeprom, InvertedLinesAreShoutedAbout) {
  fake_->eeprom[5] = 0x1400;  // RTS, DTR
  fake_->seal();
  EXPECT_THAT(run({}), HasSubstr("INVERTED lines: RTS, DTR."));
}

TEST_F(Eeprom, ShowsWhatWouldChangeAndWritesNothing) {
  const auto before = fake_->eeprom;
  const auto text = run({.cbus_io = {0, 1}});
  EXPECT_THAT(text, HasSubstr("would change:\n  CBUS0: TXLED# -> I/O\n  CBUS1: RXLED# -> I/O\n"));
  EXPECT_THAT(text, HasSubstr("word 0x0A: 5623 -> 56AA"));
  EXPECT_THAT(text, HasSubstr("say it again with --yes"));
  EXPECT_EQ(fake_->eeprom, before);
}

TEST_F(Eeprom, WritesOnlyWhenConfirmedAndSaysThatItActsAfterReplug) {
  const auto text = run({.cbus_io = {0, 1}, .confirmed = true});
  EXPECT_THAT(text, HasSubstr("changed:\n  CBUS0: TXLED# -> I/O"));
  EXPECT_THAT(text, HasSubstr("written and read back. It acts after the adapter was unplugged and "
                              "plugged in again."));
  EXPECT_EQ(fake_->eeprom[0x0A], 0x56AA);
  EXPECT_EQ(fake_->eeprom.back(), ftdi::eeprom_checksum(ChipKind::ft232r, fake_->eeprom));
  EXPECT_THAT(run({.cbus_io = {0, 1}, .confirmed = true}), HasSubstr("nothing to change"));
}

TEST_F(Eeprom, AChipThatIgnoresWritingIsFoundOut) {
  fake_->eeprom_writable = false;
  EXPECT_EQ(fault({.cbus_io = {0}, .confirmed = true}), "ftdi.eeprom_write");
}

TEST_F(Eeprom, ABlankOneIsShownAndNotChanged) {
  std::fill(fake_->eeprom.begin(), fake_->eeprom.end(), std::uint16_t{0xFFFF});
  EXPECT_THAT(run({}), HasSubstr("EEPROM blank: never programmed, or none is fitted"));
  EXPECT_EQ(fault({.cbus_io = {0}, .confirmed = true}), "ftdi.eeprom_blank");
}

TEST_F(Eeprom, ACorruptOneIsShownAndNotChanged) {
  fake_->eeprom[3] ^= 1U;
  const auto text = run({});
  EXPECT_THAT(text, HasSubstr("EEPROM corrupt"));
  EXPECT_THAT(text, Not(HasSubstr("CBUS0"))) << "what it says is not in force";
  EXPECT_THAT(text, Not(HasSubstr("inverted")));
  EXPECT_EQ(fault({.cbus_io = {0}}), "ftdi.eeprom_corrupt");
}

TEST_F(Eeprom, JsonIsOneObject) {
  const auto text = run({.cbus_io = {2}, .json = true});
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["eeprom"], "valid");
  EXPECT_EQ(json["cbus"].size(), 4U);
  EXPECT_EQ(json["cbus"][0]["io"], false);
  EXPECT_TRUE(json["inverted"].empty());
  EXPECT_EQ(json["change"]["written"], false);
  EXPECT_EQ(json["change"]["words"].size(), 2U) << "the pins' word and the checksum";
}

class EepromOfAQuad : public Eeprom {
 protected:
  EepromOfAQuad() : Eeprom(ChipKind::ft4232h) {}
};

TEST_F(EepromOfAQuad, HasNoCbusPins) {
  const auto text = run({});
  EXPECT_THAT(text, HasSubstr("no CBUS pins on this chip"));
  EXPECT_THAT(text, Not(HasSubstr("inverted"))) << "that is not known of this chip";
  EXPECT_EQ(fault({.cbus_io = {0}}), "ftdi.no_pin");
}

/// Texts between ```yaml and ``` of a page.
std::vector<std::string> yaml_blocks(const std::string& page) {
  std::vector<std::string> blocks;
  std::ifstream file(page);
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "```yaml") blocks.emplace_back();
    if (inside && line != "```") blocks.back() += line + "\n";
    inside = line == "```yaml" || (inside && line != "```");
  }
  return blocks;
}

TEST(WiringsPage, EveryBenchFileOnItIsRightAndEveryWiringHasItsPlace) {
  const auto wirings = std::filesystem::path(PLUGRIG_SOURCE_DIR) / "fixtures" / "wirings";
  const auto blocks = yaml_blocks((wirings / "README.md").string());
  ASSERT_GE(blocks.size(), 7U);
  const auto file = std::filesystem::path(testing::TempDir()) / "wirings_page.yaml";
  for (const auto& block : blocks) {
    std::ofstream(file) << block;
    std::ostringstream out;
    std::ostringstream err;
    Console console{.out = out, .err = err, .stop = {}};
    EXPECT_EQ(run_program({"check", file.string()}, console), 0) << block << err.str();
    EXPECT_EQ(err.str(), "") << block;
  }
  std::filesystem::remove(file);
  std::ifstream page(wirings / "README.md");
  std::ostringstream text;
  text << page.rdbuf();
  for (const auto& entry : std::filesystem::directory_iterator(wirings)) {
    if (entry.path().extension() != ".yaml") continue;
    EXPECT_THAT(text.str(), HasSubstr("`" + entry.path().stem().string() + "`"));
  }
}

TEST(AdaptersCommand, OptionsThatGoTogether) {
  std::ostringstream out;
  std::ostringstream err;
  Console console{.out = out, .err = err, .stop = {}};
  EXPECT_EQ(run_program({"adapters", "--set-cbus-io", "0"}, console), 2);
  EXPECT_THAT(err.str(), HasSubstr("--set-cbus-io needs --eeprom"));
  EXPECT_EQ(run_program({"adapters", "--eeprom", "FT1", "--yes"}, console), 2);
  EXPECT_THAT(err.str(), HasSubstr("--yes goes with --set-cbus-io"));
  EXPECT_EQ(run_program({"adapters", "--eeprom", "FT1", "--set-cbus-io", "7"}, console), 2);
  EXPECT_THAT(err.str(), HasSubstr("takes pins 0 to 3"));
}

}  // namespace
}  // namespace plugrig::cli
