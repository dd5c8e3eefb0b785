#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "rig/cli/commands/command.hpp"
#include "rig/cli/commands/doctor_parts.hpp"
#include "tests/unit/cli/said.hpp"

namespace plugrig::cli {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

const std::string source = PLUGRIG_SOURCE_DIR;

/// The lines of `text` that begin with `what` ("FAIL").
std::vector<std::string> lines_with(const std::string& text, const std::string& what) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(what + " ")) found.push_back(line);
  return found;
}

std::string text_of(const std::string& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// A bench file of this test alone.
class Doctor : public testing::Test {
 protected:
  Doctor() { std::filesystem::create_directories(folder_); }
  ~Doctor() override { std::filesystem::remove_all(folder_); }
  Said examine(const std::string& bench, const std::vector<std::string>& more = {}) {
    std::ofstream(file_) << bench;
    std::vector<std::string> arguments{"doctor", "--bench", file_.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return plugrig(arguments);
  }
  /// The simulated demo bench with parts of its text replaced.
  static std::string demo_with(
      const std::vector<std::pair<std::string, std::string>>& replacements) {
    auto text = text_of(source + "/fixtures/demo.yaml");
    const std::string certificates = "certificate: instruments/";
    text.replace(text.find(certificates), certificates.size(),
                 "certificate: " + source + "/fixtures/instruments/");
    for (const auto& [old_text, new_text] : replacements) {
      const auto at = text.find(old_text);
      EXPECT_NE(at, std::string::npos) << old_text;
      if (at != std::string::npos) text.replace(at, old_text.size(), new_text);
    }
    return text;
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) /
      testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::filesystem::path file_ = folder_ / "bench.yaml";
};

TEST_F(Doctor, AGoodBenchHasNothingThatFails) {
  const auto said = plugrig({"doctor", "--bench", source + "/fixtures/demo.yaml"});
  EXPECT_EQ(said.code, 0) << said.out << said.err;
  EXPECT_TRUE(lines_with(said.out, "FAIL").empty()) << said.out;
  for (const auto* line :
       {"OK    reference: reading: Yokogawa WT310E: ", "OK    reference: certificate: DEMO-",
        "OK    board1: relays: all 8 are off", "OK    board1: inputs: closed now: 1, 2, 4, 5; ",
        "OK    F1: guard: closed now, ", "OK    F1: contacts withdrawn: closed now, ",
        "OK    F1: mains sense: open now, ", "OK    F2: mains: proven off",
        "OK    F2: open: simulated port", "OK    F2: rate: 921600 bit/s"})
    EXPECT_THAT(said.out, HasSubstr(line));
  EXPECT_THAT(said.out, HasSubstr(" OK, 4 WARN, 0 FAIL\n"));
}

TEST_F(Doctor, SaysWhatTheBenchDoesNotCover) {
  const auto good = plugrig({"doctor", "--bench", source + "/fixtures/demo.yaml"});
  EXPECT_THAT(good.out, HasSubstr("WARN  F1: not covered: no thermostat at the load"));
  EXPECT_THAT(good.out, HasSubstr(". Next: "));
  EXPECT_THAT(good.out, Not(HasSubstr("no hard-wired emergency stop")));
  const auto bare = examine(demo_with(
      {{"interlock: hardwired", "interlock: none"}, {"    mains_sense: board1.in3\n", ""}}));
  EXPECT_EQ(bare.code, 0) << bare.out << bare.err;
  EXPECT_THAT(bare.out, HasSubstr("WARN  F1: not covered: no hard-wired emergency stop or guard"));
  EXPECT_THAT(bare.out, HasSubstr("WARN  F1: not covered: no mains sense: off is proven by the "
                                  "contactor alone"));
  EXPECT_THAT(bare.out, HasSubstr("mains_sense: BOARD.inN"));
  EXPECT_THAT(bare.out, Not(HasSubstr("F2: not covered: no mains sense")));
}

TEST_F(Doctor, AMeterWithoutCertificateIsAWarningWithTheFix) {
  auto text = demo_with({});
  const auto at = text.find("    certificate: ");
  text.erase(at, text.find('\n', at) - at + 1);
  const auto said = examine(text);
  EXPECT_EQ(said.code, 0) << said.out << said.err;
  EXPECT_THAT(said.out, AllOf(HasSubstr("WARN  reference: certificate: none"),
                              HasSubstr("(certificate: FILE)")));
}

TEST_F(Doctor, AnOverdueCertificateIsAWarning) {
  std::ofstream(folder_ / "old.yaml")
      << "certificate: OLD-1\nlaboratory: Somebody\ncalibrated: 2019-01-01\n"
         "due: 2020-01-01\n";
  auto text = demo_with({});
  const auto at = text.find("    certificate: ");
  text.replace(at, text.find('\n', at) - at, "    certificate: old.yaml");
  const auto said = examine(text);
  EXPECT_THAT(said.out,
              HasSubstr("WARN  reference: certificate: OLD-1 is overdue since 2020-01-01."))
      << said.err;
  EXPECT_THAT(said.out, HasSubstr("Have the meter calibrated"));
}

TEST_F(Doctor, EachPartThatIsNotThereFailsAndHidesNoOther) {
  const auto said = examine(
      "bench: away\n"
      "mains: {voltage: 230 V, contactor: board1.8, contactor_auxiliary: board1.in8}\n"
      "interlock: hardwired\n"
      "instruments:\n"
      "  reference: {profile: eastron-sdm630, rtu: /nonexistent/meter}\n"
      "  board1: {profile: waveshare-relay-8, rtu: /nonexistent/board, baud: 115200}\n"
      "slots:\n"
      "  - slot: F1\n"
      "    kind: flash\n"
      "    uart: {tty: /nonexistent/ttyUSB9}\n"
      "    lines: {wiring: bare-wires}\n"
      "  - slot: M1\n"
      "    kind: mains\n"
      "    guard_closed: board1.in1\n"
      "    mains: board1.1\n"
      "    mains_sense: board1.in2\n");
  EXPECT_EQ(said.code, 3) << said.out << said.err;
  EXPECT_THAT(said.out,
              HasSubstr("FAIL  reference: connection: Opening /nonexistent/meter failed"));
  EXPECT_THAT(said.out, HasSubstr("FAIL  board1: connection: Opening /nonexistent/board failed"));
  EXPECT_THAT(said.out, HasSubstr("FAIL  F1: port: There is no /nonexistent/ttyUSB9. Next: Plug "));
  EXPECT_THAT(said.out, HasSubstr("FAIL  M1: bench: Opening /nonexistent/board failed"));
  for (const auto& line : lines_with(said.out, "FAIL")) EXPECT_THAT(line, HasSubstr(" Next: "));
  EXPECT_EQ(lines_with(said.out, "FAIL").size(), 4U) << said.out;
}

TEST_F(Doctor, OneSlotAloneLooksAtNothingElse) {
  const auto said = plugrig({"doctor", "--bench", source + "/fixtures/demo.yaml", "--slot", "F2"});
  EXPECT_EQ(said.code, 0);
  EXPECT_THAT(said.out, HasSubstr("OK    F2: rate"));
  EXPECT_THAT(said.out, Not(HasSubstr("F1")));
  EXPECT_THAT(said.out, Not(HasSubstr("reference")));
  const auto wrong = plugrig({"doctor", "--bench", source + "/fixtures/demo.yaml", "--slot", "F3"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("no slot 'F3' on this bench"));
}

TEST_F(Doctor, JsonIsOneFindingALine) {
  const auto said = plugrig({"doctor", "--bench", source + "/fixtures/demo.yaml", "--json"});
  std::istringstream lines(said.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto json = nlohmann::json::parse(line);
    EXPECT_TRUE(json.contains("part") && json.contains("check") && json.contains("found")) << line;
    EXPECT_THAT(json["result"].get<std::string>(), ContainsRegex("^(ok|warn)$"));
    EXPECT_EQ(json["result"] == "warn", json.contains("next")) << line;
  }
  EXPECT_GE(count, 20);
}

TEST_F(Doctor, NeedsABenchFileThatIsRight) {
  EXPECT_EQ(plugrig({"doctor"}).code, 2);
  const auto said = examine("bench: x\nslotz: []\n");
  EXPECT_EQ(said.code, 2);
  EXPECT_THAT(said.err, HasSubstr("did you mean 'slots'?"));
  EXPECT_EQ(said.out, "");
}

/// What `examine_adapters` finds for one adapter of a bench file.
class DoctorOfAdapters : public testing::Test {
 protected:
  DoctorOfAdapters() {
    bench::AdapterSpec spec;
    spec.name = "quad";
    spec.chip = "FT4232H";
    spec.serial = "FT7XK2A1";
    bench_.adapters.push_back(spec);
    ftdi::AdapterInfo info;
    info.chip = ftdi::ChipKind::ft4232h;
    info.product = 0x6011;
    info.serial = "FT7XK2A1";
    info.path = "1-4.2";
    info.node = "/dev/bus/usb/001/005";
    info.permitted = true;
    info.channels.resize(4);
    attached_.push_back(info);
  }
  std::string examine() {
    std::string text;
    examine_adapters(bench_, attached_,
                     [&](const Health& health) { text += health_text(health) + "\n"; });
    return text;
  }
  bench::BenchSpec bench_;
  std::vector<ftdi::AdapterInfo> attached_;
};

TEST_F(DoctorOfAdapters, FoundWithItsKernelDriver) {
  EXPECT_EQ(examine(), "OK    quad: adapter: FT4232H FT7XK2A1 at 1-4.2; no kernel driver has it\n");
  attached_[0].channels[0].kernel_driver = "ftdi_sio";
  attached_[0].channels[2].kernel_driver = "ftdi_sio";
  EXPECT_THAT(examine(), HasSubstr("kernel driver ftdi_sio has A, C while the rig does not"));
}

TEST_F(DoctorOfAdapters, HeldByAnotherProgram) {
  attached_[0].channels[1].holder = serial::PortHolder{4711, "openocd"};
  EXPECT_THAT(examine(), HasSubstr("WARN  quad: channel B: held by openocd (process 4711). Next: "
                                   "End that program"));
}

TEST_F(DoctorOfAdapters, MissingWrongOrForbiddenFailsWithTheFix) {
  attached_[0].serial = "FT7XK2A2";
  EXPECT_THAT(examine(), AllOf(HasSubstr("FAIL  quad: adapter: "), HasSubstr("FT7XK2A2"),
                               HasSubstr("(ftdi.missing) Next: ")));
  attached_[0].serial = "FT7XK2A1";
  attached_[0].chip = ftdi::ChipKind::ft2232h;
  EXPECT_THAT(examine(), HasSubstr("(ftdi.wrong_chip) Next: "));
  attached_[0].chip = ftdi::ChipKind::ft4232h;
  attached_[0].permitted = false;
  EXPECT_THAT(examine(), HasSubstr("(ftdi.permission) Next: "));
  attached_.clear();
  EXPECT_THAT(examine(), HasSubstr("(ftdi.missing) Next: "));
}

TEST_F(Doctor, ClicksLoadRelaysOneByOneAndLeavesMainsAlone) {
  const auto said = examine(demo_with({}), {"--click"});
  EXPECT_EQ(said.code, 0) << said.out;
  for (const char* const relay : {"board2.1", "board2.2", "board2.3", "board2.4"})
    EXPECT_THAT(said.out, ContainsRegex(std::string("OK +") + relay + ": click: load"));
  EXPECT_THAT(said.out, ContainsRegex("OK +F1: click: its mains relay was not clicked"));
  EXPECT_THAT(said.out, Not(HasSubstr("board1.1: click")));
}

TEST_F(Doctor, NamesTheRelayThatDoesNotClick) {
  const auto said = examine(demo_with({{"serve_pty: build/twin/rs485-2}",
                                        "serve_pty: build/twin/rs485-2, faults: {stuck_off: 3}}"}}),
                            {"--click"});
  EXPECT_EQ(said.code, 3) << said.out;
  EXPECT_THAT(said.out, ContainsRegex("FAIL +board2.3: click: .*relay.stuck"));
  EXPECT_THAT(said.out, ContainsRegex("OK +board2.4: click"));
}

TEST_F(Doctor, ClicksNothingWhereOffIsNotProven) {
  const auto said = examine(demo_with({{"serve_pty: build/twin/rs485-1}",
                                        "serve_pty: build/twin/rs485-1, faults: {stuck_on: 1}}"}}),
                            {"--click"});
  EXPECT_NE(said.code, 0) << said.out;
  EXPECT_THAT(said.out, Not(ContainsRegex("OK +board2.1: click")));
}

}  // namespace
}  // namespace plugrig::cli
