#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "rig/cli/screen/bars.hpp"
#include "rig/cli/screen/board_view.hpp"
#include "rig/cli/screen/event_log.hpp"
#include "rig/cli/screen/line_painter.hpp"
#include "rig/cli/screen/verdict_field.hpp"
#include "tests/unit/cli/said.hpp"

namespace plugrig::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string frames = PLUGRIG_SOURCE_DIR "/rig/cli/screen/frames/";

std::string content(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

Event at(int ms, std::string slot, event::Body body) {
  return {Instant{milliseconds{ms}}, {}, std::move(slot), std::move(body)};
}

BoardState run_of(const std::vector<std::string>& slots, int units = 0) {
  BoardState state;
  event::RunStarted started{"r1", "seq", "bench", "0.1.0"};
  started.slots = slots;
  started.units = units;
  state.apply(at(0, "", started));
  return state;
}

event::UnitEnded ended(Verdict verdict, const std::string& blame = "", bool recorded = true) {
  event::UnitEnded end{"u", verdict, verdict == Verdict::pass, recorded, "", blame, "", ""};
  if (!blame.empty()) {
    end.fault_id = blame + ".broken";
    end.happened = "It broke.";
    end.next = "Mend it.";
  }
  return end;
}

std::string all_text(const std::vector<Line>& lines) {
  std::string text;
  for (const auto& line : lines) text += text_of(line) + "\n";
  return text;
}

std::string drawn(const BoardState& state, const BoardLook& look, const BoardTalk& talk = {}) {
  return all_text(board_lines(state, talk, look));
}

struct Frame {
  const char* file;
  const char* at;
  const char* columns;
};

class BoardFrames : public ::testing::TestWithParam<Frame> {};

TEST_P(BoardFrames, AreWhatTheProgramShows) {
  const auto& [file, second, columns] = GetParam();
  const auto said =
      plugrig({"board", "--replay", frames + "events.jsonl", "--at", second, "--columns", columns});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.out, content(frames + file)) << "plugrig board --replay … --at " << second;
}

INSTANTIATE_TEST_SUITE_P(All, BoardFrames,
                         ::testing::Values(Frame{"running.txt", "33", "120"},
                                           Frame{"running-80.txt", "30", "80"},
                                           Frame{"verdicts.txt", "60", "120"},
                                           Frame{"verdicts-80.txt", "60", "80"}));

TEST(BoardCommand, MakesAPictureAndRefusesWhatIsNoLog) {
  const auto svg = plugrig({"board", "--replay", frames + "events.jsonl", "--svg"});
  EXPECT_TRUE(svg.out.starts_with("<svg")) << svg.out.substr(0, 80);
  EXPECT_EQ(plugrig({"board", "--replay", "/nowhere"}).code, 2);
  const auto wrong = plugrig({"board", "--replay", frames + "running.txt"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("Line 1"));
}

TEST(EventLog, ReadsBackWhatWasWritten) {
  event::Measured measured{"power.as_left.P", -0.25, "%", Verdict::pass, -1.0, 1.0, "1 kW"};
  const std::vector<Event> events{
      at(1500, "F1", measured),
      at(1600, "F1", event::StepProgress{"s", "writing", 4096, 5, 9, "points"}),
      at(1700, "F2",
         event::StepEnded{"s", 2, Verdict::error, true, "a.b", "host", "No.", "Do.", seconds{3}}),
      at(1800, "F2", event::LeaseWaits{"load path", "F1", "2 kW"}),
      at(1900, "F2", event::LeaseTaken{"load path", "x", milliseconds{1500}}),
      at(2000, "F2", event::LeaseGiven{"load path", "x", seconds{4}, seconds{1}, seconds{2}}),
      at(2100, "F1", ended(Verdict::error, "contact", false)),
      at(2200, "", event::RunEnded{1, 2, 3})};
  for (const auto& event : events) {
    const auto back = event_of(to_json(event));
    ASSERT_TRUE(back);
    EXPECT_EQ(to_json(*back), to_json(event));
  }
}

TEST(EventLog, LaterKindsArePassedOverAndRubbishIsRefused) {
  EXPECT_FALSE(event_of(R"({"t":1,"event":"of_the_future"})"));
  for (const auto* line :
       {"", "x", "[]", "{}", R"({"event":7})", R"({"t":"x","event":"run_ended"})",
        R"({"event":"unit_ended","verdict":"great"})", R"({"event":"run_started","slots":3})"})
    EXPECT_THROW(event_of(line), Fault) << line;
}

TEST(Board, EveryLineIsAsWideAsTheTerminalWhateverItSays) {
  auto state = run_of({"F1", "フィクスチャ", "F3"}, 64);
  state.apply(at(1, "F1", event::SlotStarted{"u"}));
  state.apply(at(1, "F1", event::UnitFact{"serial", "SN-日本語-\x1b[2J\xff-0123456789012345"}));
  state.apply(at(1, "F1", event::StepSaid{"s", std::string(300, 'x') + "\r\n\x1b[H"}));
  state.apply(at(2, "F3", ended(Verdict::error, "contact")));
  for (const int columns : {10, 40, 79, 80, 81, 109, 110, 120, 200})
    for (const int rows : {0, 3, 8, 24, 60})
      for (const bool ascii : {false, true})
        for (const auto& line : board_lines(state, {}, {columns, rows, ascii})) {
          const auto text = text_of(line);
          ASSERT_EQ(cells_of(text), std::max(columns, 40)) << text;
          ASSERT_EQ(text.find('\x1b'), std::string::npos);
          for (const char c : text) ASSERT_TRUE(!ascii || (c >= ' ' && c <= '~')) << text;
        }
}

TEST(Board, FillsExactlyTheRowsOfTheTerminal) {
  std::vector<std::string> names;
  for (int i = 1; i <= 32; ++i) names.push_back(fmt::format("S{}", i));
  const auto state = run_of(names);
  for (const int rows : {6, 24, 36, 60, 140})
    EXPECT_EQ(board_lines(state, {}, {120, rows, false}).size(), static_cast<std::size_t>(rows));
}

TEST(Board, ThirtyTwoSlotsAreOneLineEachAndTheChosenOneIsAlwaysThere) {
  std::vector<std::string> names;
  for (int i = 1; i <= 32; ++i) names.push_back(fmt::format("S{:02}", i));
  const auto state = run_of(names);
  const auto all = drawn(state, {120, 36, false});
  for (const auto& name : names) EXPECT_THAT(all, HasSubstr(name));
  BoardTalk talk;
  for (const auto& name : names) {
    talk.selected = name;
    EXPECT_THAT(drawn(state, {80, 14, false}, talk), HasSubstr("▶"));
    EXPECT_THAT(drawn(state, {80, 14, false}, talk), HasSubstr(name));
  }
}

TEST(Board, VerdictsDifferInWordAndShapeAndColourEachByItself) {
  std::set<std::string> words;
  std::set<char> shapes;
  std::set<std::string> blocks;
  for (const auto shown :
       {Shown::pass, Shown::fail, Shown::rig_fault, Shown::stopped, Shown::not_recorded}) {
    const auto look = verdict_look(shown);
    ASSERT_TRUE(look);
    words.emplace(look->word);
    shapes.insert(ascii_shape(look->shape));
    blocks.insert(big_shape(look->shape)[0] + big_shape(look->shape)[1]);
    if (shown != Shown::pass) {
      EXPECT_NE(look->style, Style::pass);
    }
  }
  EXPECT_EQ(words.size(), 5U);
  EXPECT_EQ(shapes.size(), 5U);
  EXPECT_EQ(blocks.size(), 5U);
}

TEST(Board, NoColourStillMarksTheVerdictAndSaysTheSame) {
  auto state = run_of({"F1"});
  state.apply(at(1, "F1", ended(Verdict::pass)));
  for (const auto& line : board_lines(state, {}, {80, 0, false})) {
    const auto plain = ansi_of(line, false);
    for (const auto* colour : {"[1;97;42m", "[1;97;41m", "[1;30;43m", "[1;97;44m"})
      EXPECT_THAT(plain, Not(HasSubstr(colour)));
  }
  EXPECT_THAT(ansi_of({{"x", Style::pass}}, false), HasSubstr("\x1b[1;7m"));
}

TEST(Board, AUnitThatIsNotRecordedIsNeverShownAsPass) {
  auto state = run_of({"F1"});
  state.apply(at(1, "F1", ended(Verdict::pass, "", false)));
  for (const int rows : {0, 5}) {
    const auto text = drawn(state, {80, rows, true});
    EXPECT_THAT(text, HasSubstr("NOT RECORDED"));
    // The head counts no PASS, and nothing else says the word.
    EXPECT_THAT(text, HasSubstr(" 0 PASS "));
    EXPECT_EQ(text.find("PASS"), text.rfind("PASS"));
  }
}

TEST(Board, NamesTheCulpritAndWhatToDo) {
  for (const auto* blame :
       {"unit", "contact", "fixture", "instrument", "host", "operator", "config", "software"}) {
    auto state = run_of({"F1"});
    const bool unit = std::string(blame) == "unit";
    state.apply(at(1, "F1", ended(unit ? Verdict::fail : Verdict::error, blame)));
    for (const int rows : {0, 5})
      EXPECT_THAT(drawn(state, {80, rows, false}), AllOf(HasSubstr(blame), HasSubstr("Mend it.")));
  }
}

TEST(Board, ShowsTheErrorNearestToItsLimitsOfTheNewestSeries) {
  auto state = run_of({"F1"});
  state.apply(at(1, "F1", event::SlotStarted{"u"}));
  const auto measured = [&](const char* id, double value) {
    state.apply(at(2, "F1", event::Measured{id, value, "%", Verdict::pass, -1.0, 1.0, ""}));
  };
  measured("power.as_found.P", 9);
  measured("power.as_left.P", -0.7);
  measured("power.as_left.P", 0.2);
  ASSERT_TRUE(state.slots()[0].error);
  EXPECT_EQ(state.slots()[0].error->value, -0.7);
  state.apply(at(3, "F1", event::Measured{"flash.write.time", 9, "s", Verdict::pass}));
  EXPECT_EQ(state.slots()[0].error->value, -0.7) << "without limits there is no bar";
}

TEST(ErrorBar, PutsTheMarkWhereTheErrorIs) {
  const auto bar = [](double value) { return error_bar({"", "", "%", value, -1, 1}, 11, true); };
  EXPECT_EQ(bar(0), "[-----o-----]");
  EXPECT_EQ(bar(1), "[-----|----o]");
  EXPECT_EQ(bar(-1), "[o----|-----]");
  EXPECT_EQ(bar(1.001), "[-----|-----o");
  EXPECT_EQ(bar(-50), "o-----|-----]");
  EXPECT_EQ(error_bar({"", "", "%", 0.5, 0, 1}, 11, true), "[-----o-----]");
}

TEST(BoardState, SaysWhyASlotWaits) {
  auto state = run_of({"F1", "F2"});
  state.apply(at(1000, "F2", event::SlotStarted{"u"}));
  state.apply(at(1000, "F2", event::LeaseWaits{"load path", "F1", "measuring 2 kW"}));
  state.tick(Instant{seconds{13}});
  EXPECT_EQ(state.why_waiting("F2"),
            "F2 waits since 12 s for the load path, which F1 has (measuring 2 kW).");
  state.apply(at(14'000, "F2", event::LeaseTaken{"load path", "", {}}));
  EXPECT_THAT(state.why_waiting("F2"), HasSubstr("does not wait"));
  EXPECT_THAT(state.why_waiting("F9"), HasSubstr("no slot"));
}

TEST(BoardState, CountsUnitsAndTheirRate) {
  auto state = run_of({"F1"}, 4);
  EXPECT_FALSE(state.units_per_hour());
  state.apply(at(1'800'000, "F1", ended(Verdict::pass)));
  state.apply(at(3'600'000, "F1", ended(Verdict::error, "contact")));
  EXPECT_DOUBLE_EQ(state.units_per_hour().value(), 2);
  EXPECT_EQ(state.count().records(), 2);
  EXPECT_DOUBLE_EQ(state.count().first_pass_yield().value(), 1) << "a contact is no unit's fault";
  EXPECT_THAT(drawn(state, {120, 0, false}), HasSubstr("2 of 4 units"));
}

TEST(Cells, CountsWhatATerminalShows) {
  EXPECT_EQ(cells_of("abc"), 3);
  EXPECT_EQ(cells_of("äöü"), 3);
  EXPECT_EQ(cells_of("日本"), 4);
  EXPECT_EQ(cells_of("e\u0301"), 1) << "a combining accent takes no cell";
  EXPECT_EQ(fitted("日本語", 4, false), "日… ");
  EXPECT_EQ(fitted("abcdef", 4, true), "abc~");
  EXPECT_EQ(for_terminal("a\x1b[1m\xff\n", false), "a?[1m??");
  EXPECT_EQ(for_terminal("± 1 Ω → é", true), "+- 1 Ohm > ?");
}

TEST(LinePainter, WritesOnlyTheLinesThatChanged) {
  LinePainter painter(true);
  const auto first = painter.paint({{{"one"}}, {{"two"}}});
  EXPECT_THAT(first, AllOf(HasSubstr("one"), HasSubstr("two")));
  EXPECT_EQ(painter.paint({{{"one"}}, {{"two"}}}), "");
  EXPECT_THAT(painter.paint({{{"one"}}, {{"2"}}}), AllOf(Not(HasSubstr("one")), HasSubstr("2")));
  EXPECT_THAT(painter.paint({{{"one"}}}), HasSubstr("\x1b[J"));
  painter.forget();
  EXPECT_THAT(painter.paint({{{"one"}}}), HasSubstr("one"));
}

}  // namespace
}  // namespace plugrig::cli
