#include "rig/core/event.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace plugrig {
namespace {

using namespace std::chrono_literals;

std::string line(event::Body body, std::string slot = "F1", Duration at = 1'500'000'000ns) {
  return to_json({Instant{at}, UtcTime{1'767'225'601'500}, std::move(slot), std::move(body)});
}

constexpr const char* head = R"({"t":1.500000,"utc":"2026-01-01T00:00:01.500Z",)";

TEST(EventJson, EveryKindHasItsFixedLine) {
  const std::string run = head;
  const std::string slot = run + R"("slot":"F1",)";
  EXPECT_EQ(line(event::RunStarted{"r1", "seq", "bench", "0.1.0"}, ""),
            run + R"("event":"run_started","run_id":"r1","sequence":"seq","bench":"bench",)"
                  R"("software":"0.1.0"})");
  EXPECT_EQ(line(event::SlotStarted{"u1"}), slot + R"("event":"slot_started","unit_id":"u1"})");
  EXPECT_EQ(line(event::StageStarted{"flash"}),
            slot + R"("event":"stage_started","stage":"flash"})");
  EXPECT_EQ(line(event::StepStarted{"flash.write", 2, 3}),
            slot + R"("event":"step_started","step":"flash.write","attempt":2,"attempts":3})");
  EXPECT_EQ(line(event::StepProgress{"flash.write", "writing", 4096, 8192, 65536}),
            slot + R"("event":"step_progress","step":"flash.write","phase":"writing",)"
                   R"("address":4096,"done":8192,"total":65536,"unit":"bytes"})");
  EXPECT_EQ(line(event::StepSaid{"boot.wait", "up \"now\"\n"}),
            slot + R"("event":"step_said","step":"boot.wait","text":"up \"now\"\n"})");
  EXPECT_EQ(line(event::UnitFact{"mac", "a4:cf"}),
            slot + R"("event":"unit_fact","name":"mac","value":"a4:cf"})");
  EXPECT_EQ(line(event::Measured{"rate", 90.5, "kB/s", Verdict::fail}),
            slot + R"("event":"measured","id":"rate","value":90.5,"unit":"kB/s",)"
                   R"("verdict":"fail"})");
  EXPECT_EQ(line(event::Measured{"p", 1.5, "%", Verdict::pass, -1.0, 1.0, "1 kW"}),
            slot + R"("event":"measured","id":"p","value":1.5,"unit":"%","verdict":"pass",)"
                   R"("low":-1.0,"high":1.0,"condition":"1 kW"})");
  EXPECT_EQ(line(event::SlotWaits{"Load a unit."}),
            slot + R"("event":"slot_waits","next":"Load a unit."})");
  EXPECT_EQ(line(event::RunStarted{"r1", "seq", "bench", "0.1.0", {"F1", "F2"}, 4}, ""),
            run + R"("event":"run_started","run_id":"r1","sequence":"seq","bench":"bench",)"
                  R"("software":"0.1.0","slots":["F1","F2"],"units":4})");
  EXPECT_EQ(line(event::StepEnded{"s", 1, Verdict::pass, false, "", "", "", "", 250ms}),
            slot + R"("event":"step_ended","step":"s","attempt":1,"verdict":"pass",)"
                   R"("will_retry":false,"took_s":0.25})");
  EXPECT_EQ(line(event::StepEnded{"s", 1, Verdict::error, true, "esp.sync.silent", "contact",
                                  "No answer.", "Check TX.", 3s}),
            slot + R"("event":"step_ended","step":"s","attempt":1,"verdict":"error",)"
                   R"("will_retry":true,"fault_id":"esp.sync.silent","blame":"contact",)"
                   R"("happened":"No answer.","next":"Check TX.","took_s":3.0})");
  EXPECT_EQ(line(event::UnitEnded{"u1", Verdict::pass, true, true, "", "", "", ""}),
            slot + R"("event":"unit_ended","unit_id":"u1","verdict":"pass","first_pass":true,)"
                   R"("recorded":true})");
  EXPECT_EQ(line(event::RunEnded{2, 1, 0}, ""),
            run + R"("event":"run_ended","passed":2,"failed":1,"other":0})");
}

TEST(EventJson, TimeHasSixDecimals) {
  const auto time = [](Duration at) { return line(event::RunEnded{}, "", at).substr(0, 16); };
  EXPECT_EQ(time(0ns), R"({"t":0.000000,"u)");
  EXPECT_EQ(time(1'234'567'999ns), R"({"t":1.234567,"u)");
  EXPECT_EQ(time(-1ms), R"({"t":-0.001000,")");
}

TEST(EventJson, AnyBytesMakeOneValidLine) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  const std::string text = line(event::StepSaid{bytes, bytes}, bytes);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_TRUE(nlohmann::json::accept(text)) << text;
}

TEST(EventJson, ValuesThatAreNoNumbersAreNull) {
  const std::string text =
      line(event::Measured{"x", std::numeric_limits<double>::quiet_NaN(), "W", Verdict::fail});
  EXPECT_NE(text.find(R"("value":null)"), std::string::npos) << text;
}

TEST(Verdict, NamesForFilesAndForPeople) {
  EXPECT_EQ(to_string(Verdict::not_run), "not_run");
  EXPECT_EQ(to_string(Verdict::pass), "pass");
  EXPECT_EQ(to_string(Verdict::inconclusive), "inconclusive");
  EXPECT_EQ(to_string(Verdict::fail), "fail");
  EXPECT_EQ(to_string(Verdict::aborted), "aborted");
  EXPECT_EQ(to_string(Verdict::error), "error");
  EXPECT_EQ(to_display(Verdict::not_run), "NOT RUN");
  EXPECT_EQ(to_display(Verdict::pass), "PASS");
  EXPECT_EQ(to_display(Verdict::inconclusive), "INCONCLUSIVE");
  EXPECT_EQ(to_display(Verdict::fail), "FAIL");
  EXPECT_EQ(to_display(Verdict::aborted), "STOPPED");
  EXPECT_EQ(to_display(Verdict::error), "RIG FAULT");
}

}  // namespace
}  // namespace plugrig
