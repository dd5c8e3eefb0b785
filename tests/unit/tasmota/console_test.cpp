#include "drivers/tasmota/console.hpp"

#include <gmock/gmock.h>

#include "console_plug.hpp"

namespace plugrig::tasmota {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::ConsolePlug;
using testing::HasSubstr;
using testing::Not;

class Console : public testing::Test {
 protected:
  Console() { seat_->enter(); }

  [[nodiscard]] Deadline within(Duration time) const { return {.at = clock_->now() + time}; }
  json ask(const std::string& name, const std::string& argument = "", Duration time = 5s) {
    return console_.command(name, argument, within(time));
  }
  /// The fault of a command that must not succeed.
  Fault fault_of(const std::string& name, const std::string& argument = "", Duration time = 5s) {
    try {
      const json answer = ask(name, argument, time);
      ADD_FAILURE() << name << " answered " << answer;
    } catch (const Fault& fault) {
      return fault;
    }
    return {"none", Blame::software, "No fault.", "None."};
  }

  std::unique_ptr<Clock> clock_ = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat_ = clock_->reserve("test");
  ConsolePlug plug_{*clock_};
  SerialConsole console_{plug_, *clock_};
};

TEST_F(Console, SetsAndAsks) {
  EXPECT_EQ(ask("VoltageCal"), json({{"VoltageCal", 1950}}));
  EXPECT_EQ(ask("VoltageCal", "1580"), json({{"VoltageCal", 1580}}));
  EXPECT_EQ(plug_.lines, (std::vector<std::string>{"", "VoltageCal", "VoltageCal 1580"}));
}

TEST_F(Console, TakesTheFlashersRateBack) {
  plug_.set_baud(921'600);
  ask("VoltageCal");
  EXPECT_EQ(plug_.baud(), 115'200U);
}

TEST_F(Console, AnswersMayBeCutAtAnyByte) {
  for (std::size_t piece = 1; piece < 60; ++piece) {
    plug_.piece = piece;
    EXPECT_EQ(ask("CurrentCal"), json({{"CurrentCal", 3500}})) << piece;
  }
}

TEST_F(Console, ThrowsBootGarbageAway) {
  std::string garbage;
  for (int i = 0; i < 400; ++i) garbage += static_cast<char>(i * 37);
  console_.restart();
  plug_.emit(garbage + "\xFF\x00\xFE", 10ms);
  plug_.emit("\r\n\r\n", 100ms);
  plug_.say("HDW: ESP8285N08");
  plug_.say("CFG: Use defaults");
  plug_.emit("00:00:00.094 Project tasmota - Tasmota Version 15.2.0(release-tasmota)-2_7_8(x)\r\n");
  const auto line = console_.wait_line({"CFG: Use defaults", "CFG: Loaded"}, within(5s));
  ASSERT_TRUE(line);
  EXPECT_THAT(*line, HasSubstr("CFG: Use defaults"));
  EXPECT_TRUE(console_.wait_line({"Project tasmota"}, within(5s)));
  EXPECT_EQ(ask("VoltageCal"), json({{"VoltageCal", 1950}}));
  EXPECT_THAT(console_.transcript(), Not(HasSubstr("\xFE")));
}

TEST_F(Console, GarbageInFrontOfTheFirstStampDoesNotHideTheLine) {
  console_.restart();
  plug_.emit("\x01\x80\xFF", 1ms);
  plug_.emit("00:00:00.080 CFG: Use defaults\r\n");
  EXPECT_TRUE(console_.wait_line({"CFG: Use defaults"}, within(1s)));
}

TEST_F(Console, WaitLineEndsAtItsDeadline) {
  plug_.say("WIF: Connecting to AP1 bench", 100ms);
  const Instant begin = clock_->now();
  EXPECT_FALSE(console_.wait_line({"WIF: Connected"}, within(3s)));
  EXPECT_EQ(clock_->now() - begin, 3s);
  EXPECT_THAT(console_.transcript(), HasSubstr("Connecting to AP1"));
}

TEST_F(Console, FindsTheAnswerAmongWhatNobodyAskedFor) {
  plug_.answers = [](const std::string&) {
    return std::vector<std::string>{
        R"(RSL: STATE = {"Time":"1970-01-01T00:05:00","Uptime":"0T00:05:00","POWER":"ON"})",
        R"(MQT: tele/tasmota_183C31/SENSOR = {"ENERGY":{"Power":60}})",
        "WIF: Connect failed with AP timeout",
        R"(RSL: RESULT = {"Command":"Unknown","Input":"X"})",
        R"(RSL: RESULT = {"CurrentCal":3500})",
        R"(MQT: stat/tasmota_183C31/RESULT = {"VoltageCal":1580,"Foreign":1} (retained))"};
  };
  EXPECT_EQ(ask("voltagecal", "1580"), json({{"VoltageCal", 1580}}));
}

TEST_F(Console, DoesWithoutTheEcho) {
  plug_.echoes = false;
  EXPECT_EQ(ask("VoltageCal"), json({{"VoltageCal", 1950}}));
  EXPECT_EQ(std::ranges::count(plug_.lines, "VoltageCal"), 1);
}

TEST_F(Console, LineEndsMayBeHalf) {
  for (const char* end : {"\r", "\n"}) {
    plug_.line_end = end;
    EXPECT_EQ(ask("VoltageCal"), json({{"VoltageCal", 1950}})) << "'" << end << "'";
  }
}

TEST_F(Console, TheEndOfALineMayBeLost) {
  plug_.answers = [](const std::string&) {
    return std::vector<std::string>{R"(RSL: RESULT = {"TelePeriod":7}00:00:41.300 WIF: Connected)"};
  };
  EXPECT_EQ(ask("TelePeriod"), json({{"TelePeriod", 7}}));
}

TEST_F(Console, LeftoversInThePlugAreFlushed) {
  plug_.leave_junk("VoltageC");
  EXPECT_EQ(ask("VoltageCal"), json({{"VoltageCal", 1950}}));
  EXPECT_EQ(plug_.lines.front(), "VoltageC");
}

TEST_F(Console, UnknownAndErrorAreFaultsOfTheUnit) {
  const Fault unknown = fault_of("NoSuch", "1");
  EXPECT_EQ(unknown.id(), "plug.unknown_command");
  EXPECT_EQ(unknown.blame(), Blame::unit);
  plug_.answers = [](const std::string&) {
    return std::vector<std::string>{R"(RSL: RESULT = {"Command":"Error","Input":"STATUS 9"})"};
  };
  EXPECT_EQ(fault_of("Status", "9").id(), "plug.command_error");
  plug_.answers = [](const std::string&) {
    return std::vector<std::string>{R"(RSL: RESULT = {"Command":"Unknown"})"};
  };
  EXPECT_EQ(fault_of("NoSuch").id(), "plug.unknown_command") << "old versions name no input";
}

TEST_F(Console, NoArgumentShowsInAFaultsOwnWords) {
  const Fault fault = fault_of("Pasword1", "very secret");
  EXPECT_THAT(fault.what(), Not(HasSubstr("very secret")));
  plug_.deaf = true;
  EXPECT_THAT(fault_of("Password1", "very secret").what(), Not(HasSubstr("very secret")));
  EXPECT_THAT(fault_of("Password1",
                       "s\xC3\xA4"
                       "cret")
                  .what(),
              Not(HasSubstr("cret")));
}

TEST_F(Console, AnOverrunIsTriedOnceMore) {
  ask("VoltageCal");
  plug_.overruns = 1;
  EXPECT_EQ(ask("VoltageCal", "1600"), json({{"VoltageCal", 1600}}));
  plug_.overruns = 2;
  const Fault fault = fault_of("VoltageCal", "1601");
  EXPECT_EQ(fault.id(), "plug.overrun");
  EXPECT_EQ(fault.blame(), Blame::contact);
  EXPECT_EQ(plug_.settings["VoltageCal"], "1600");
}

TEST_F(Console, SilenceIsAFaultAtTheDeadline) {
  plug_.answers = [](const std::string&) { return std::vector<std::string>{}; };
  const Instant begin = clock_->now();
  const Fault fault = fault_of("EnergyConfig", "1", 4s);
  EXPECT_EQ(fault.id(), "plug.silent");
  EXPECT_EQ(clock_->now() - begin, 4s);
  EXPECT_EQ(std::ranges::count(plug_.lines, "EnergyConfig 1"), 1)
      << "the echo proves that it arrived";
  ASSERT_FALSE(fault.evidence().empty());
  EXPECT_THAT(fault.evidence().front().text, HasSubstr("CMD: EnergyConfig 1"));
}

TEST_F(Console, AQueryMayBeSentAgainThoughItArrived) {
  int asked = 0;
  plug_.answers = [&](const std::string&) {
    if (asked++ == 0) return std::vector<std::string>{R"(RSL: RESULT = {"VoltaeCal":1950})"};
    return std::vector<std::string>{R"(RSL: RESULT = {"VoltageCal":1950})"};
  };
  EXPECT_EQ(ask("VoltageCal"), json({{"VoltageCal", 1950}}));
  EXPECT_EQ(asked, 2);
}

TEST_F(Console, ALineThatDidNotArriveIsSentAgain) {
  int lost = 0;
  plug_.to_plug = [&](std::string text) {
    if (text == "VoltageCal\n" && lost++ == 0) return std::string{};
    return text;
  };
  EXPECT_EQ(ask("VoltageCal"), json({{"VoltageCal", 1950}}));
  plug_.deaf = true;
  const Instant begin = clock_->now();
  EXPECT_EQ(fault_of("VoltageCal", "", 6s).id(), "plug.silent");
  EXPECT_EQ(clock_->now() - begin, 6s);
}

TEST_F(Console, ADamagedLineIsSentAgain) {
  int damaged = 0;
  plug_.to_plug = [&](std::string text) {
    if (text == "VoltageCal\n" && damaged++ == 0) return std::string("VoltgeCal\n");
    return text;
  };
  EXPECT_EQ(ask("VoltageCal"), json({{"VoltageCal", 1950}}));
  plug_.to_plug = [](std::string text) { return text == "VoltageCal\n" ? "Volt\n" : text; };
  const Fault fault = fault_of("VoltageCal");
  EXPECT_EQ(fault.id(), "plug.garbled");
  EXPECT_EQ(fault.blame(), Blame::contact);
}

TEST_F(Console, ADamagedAnswerIsAskedForAgain) {
  int answers = 0;
  plug_.on_wire = [&](std::string line) {
    if (line.find("RESULT") != std::string::npos && answers++ == 0) line.resize(line.size() - 3);
    return line;
  };
  EXPECT_EQ(ask("VoltageCal"), json({{"VoltageCal", 1950}}));
  plug_.on_wire = [](std::string line) {
    if (line.find("RESULT") != std::string::npos) line.resize(line.size() - 1);
    return line;
  };
  EXPECT_EQ(fault_of("VoltageCal").id(), "plug.garbled");
}

TEST_F(Console, ARestartInsteadOfAnAnswerIsAFaultOfTheUnit) {
  plug_.answers = [&](const std::string&) {
    plug_.emit("\xFF\x13\x00garbage\r\n", 200ms);
    plug_.emit("00:00:00.094-028 Project tasmota - Tasmota Version 15.2.0(release-tasmota)\r\n");
    return std::vector<std::string>{};
  };
  const Fault fault = fault_of("VoltageCal");
  EXPECT_EQ(fault.id(), "plug.restarted");
  EXPECT_EQ(fault.blame(), Blame::unit);
  EXPECT_THAT(fault.evidence().front().text, HasSubstr("Project tasmota"));
}

TEST_F(Console, ARestartBeforeTheCommandHarmsNobody) {
  plug_.emit("00:00:00.094 Project tasmota - Tasmota Version 15.2.0(release-tasmota)\r\n");
  EXPECT_EQ(ask("VoltageCal"), json({{"VoltageCal", 1950}}));
}

TEST_F(Console, RestartAnswersBeforeItRestarts) {
  plug_.answers = [&](const std::string&) {
    return std::vector<std::string>{R"(RSL: RESULT = {"Restart":"Restarting"})", "APP: Restarting"};
  };
  EXPECT_EQ(ask("Restart", "1"), json({{"Restart", "Restarting"}}));
}

TEST_F(Console, LongLinesGoInPiecesThatTheReceiverCanHold) {
  std::string items = "SetOption65 1";
  for (int i = 0; i < 40; ++i) items += ";VoltRes 1";
  ASSERT_GT(items.size(), 256U);
  EXPECT_EQ(ask("Backlog", items), json::object());
  EXPECT_EQ(plug_.lines.back(), "Backlog " + items);
  for (std::size_t i = 0; i < plug_.write_sizes.size(); ++i) {
    EXPECT_LE(plug_.write_sizes[i], 128U);
    if (i < 2) continue;  // the first is the empty line, the second begins this one
    EXPECT_GE(plug_.write_times[i] - plug_.write_times[i - 1], 15ms) << i;
  }
}

TEST_F(Console, WhatTheConsoleDropsIsRefusedBeforehand) {
  EXPECT_EQ(fault_of("DeviceName",
                     "K\xC3\xBC"
                     "che")
                .id(),
            "plug.not_sendable");
  EXPECT_EQ(fault_of("DeviceName", "two\nlines").id(), "plug.not_sendable");
  EXPECT_EQ(fault_of("DeviceName", std::string(800, 'x')).id(), "plug.not_sendable");
  EXPECT_EQ(fault_of("DeviceName", std::string(800, 'x')).blame(), Blame::config);
  EXPECT_TRUE(plug_.lines.empty());
}

TEST_F(Console, GathersAnswersOfSeveralMessages) {
  plug_.answers = [](const std::string&) {
    return std::vector<std::string>{R"(RSL: STATUS = {"Status":{"Module":0}})",
                                    R"(RSL: STATUS5 = {"StatusNET":{"Mac":"48:55:19:18:3C:31"}})",
                                    R"(RSL: STATE = {"Uptime":"0T00:00:09"})",
                                    R"(RSL: STATUS11 = {"StatusSTS":{"POWER":"ON"}})"};
  };
  const Instant begin = clock_->now();
  const json all = ask("Status", "0");
  EXPECT_EQ(all.size(), 3U);
  EXPECT_EQ(all["StatusNET"]["Mac"], "48:55:19:18:3C:31");
  EXPECT_LT(clock_->now() - begin, 1s) << "the last message is known";
  EXPECT_EQ(ask("Status", "5"), json({{"StatusNET", {{"Mac", "48:55:19:18:3C:31"}}}}));
}

TEST_F(Console, SeveralMessagesEndWithQuietWhenTheLastIsLost) {
  plug_.answers = [](const std::string&) {
    return std::vector<std::string>{R"(RSL: STATUS = {"Status":{"Module":0}})"};
  };
  EXPECT_EQ(ask("Status", "0", 10s).size(), 1U);
}

TEST_F(Console, TheTemplateIsTheAnswerItself) {
  const std::string text = R"({"NAME":"Gosund EP2","GPIO":[320,1],"FLAG":0,"BASE":45})";
  plug_.answers = [&](const std::string&) {
    return std::vector<std::string>{"RSL: RESULT = " + text};
  };
  EXPECT_EQ(ask("Template", text), json::parse(text));
  plug_.answers = [](const std::string&) {
    return std::vector<std::string>{R"(RSL: RESULT = {"Template":"Invalid JSON"})"};
  };
  EXPECT_EQ(ask("Template", "{"), json({{"Template", "Invalid JSON"}}));
}

TEST_F(Console, ARelayAnswersTwice) {
  plug_.answers = [](const std::string& line) {
    if (line == "Power ON")
      return std::vector<std::string>{R"(RSL: RESULT = {"POWER":"ON"})", "RSL: POWER = ON"};
    return std::vector<std::string>{R"(RSL: RESULT = {"PowerOnState":3})"};
  };
  EXPECT_EQ(ask("Power", "ON"), json({{"POWER", "ON"}}));
  EXPECT_EQ(ask("PowerOnState"), json({{"PowerOnState", 3}}));
}

TEST_F(Console, ABacklogIsDoneWithItsEcho) {
  plug_.answers = [](const std::string&) { return std::vector<std::string>{}; };
  EXPECT_EQ(ask("Backlog", "VoltRes 1;WattRes 1"), json::object());
  EXPECT_EQ(std::ranges::count(plug_.lines, "Backlog VoltRes 1;WattRes 1"), 1);
  plug_.echoes = false;
  plug_.answers = [](const std::string&) {
    return std::vector<std::string>{R"(RSL: RESULT = {"VoltRes":1})"};
  };
  EXPECT_EQ(ask("Backlog", "VoltRes 1"), json::object()) << "items that run prove it as well";
}

TEST_F(Console, KnowsTheCommandsNameInPlaceOfResult) {
  plug_.stamp = "00:00:41.207-028";
  plug_.answers = [](const std::string&) {
    return std::vector<std::string>{R"(MQT: stat/x/SETOPTION4 = {"SetOption4":"ON"})"};
  };
  EXPECT_EQ(ask("SetOption4", "1"), json({{"SetOption4", "ON"}}));
}

TEST_F(Console, ALateAnswerIsNotTheNextCommandsAnswer) {
  plug_.latency = 3s;
  EXPECT_EQ(fault_of("CurrentCal", "", 1s).id(), "plug.silent");
  plug_.latency = 10ms;
  EXPECT_EQ(ask("VoltageCal", "", 10s), json({{"VoltageCal", 1950}}));
}

TEST_F(Console, StopsAtOnce) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(console_.command("VoltageCal", "", {.stop = stop.get_token()}), Stopped);
}

TEST_F(Console, ABabblingPlugIsHeardToItsEnd) {
  for (int i = 0; i < 5000; ++i) plug_.say("WIF: Connect failed with AP timeout");
  EXPECT_EQ(ask("VoltageCal"), json({{"VoltageCal", 1950}}));
  EXPECT_LE(console_.transcript().size(), 256U * 1024U);
}

}  // namespace
}  // namespace plugrig::tasmota
