#include "drivers/operator/wedge.hpp"

#include <gtest/gtest.h>

#include <random>

namespace plugrig::person {
namespace {

using std::chrono::milliseconds;

/// Types and scans, and writes down what comes out: "scan X", "key c", "broken X".
class Desk {
 public:
  explicit Desk(WedgeOptions options = {}) : wedge(options) {}

  /// A scanner: one character each `pace`.
  Desk& scan(const std::string& text, milliseconds pace = milliseconds{5}) {
    for (const char c : text) {
      keep(wedge.take(std::string(1, c), now));
      now += pace;
    }
    return *this;
  }
  /// A person: one key each 120 ms.
  Desk& type(const std::string& text) { return scan(text, milliseconds{120}); }
  Desk& wait(milliseconds time) {
    now += time;
    keep(wedge.pass(now));
    return *this;
  }
  /// All at once, as read(2) hands it over after a paste or a busy second.
  Desk& paste(const std::string& text) {
    keep(wedge.take(text, now));
    return *this;
  }

  Wedge wedge;
  Instant now{std::chrono::seconds{10}};
  std::vector<std::string> seen;
  std::vector<std::string> whys;

 private:
  void keep(const std::vector<WedgeEvent>& events) {
    for (const auto& event : events) {
      if (const auto* scan = std::get_if<Scan>(&event)) {
        seen.push_back("scan " + scan->text);
      } else if (const auto* key = std::get_if<Key>(&event)) {
        seen.push_back(key->character == '\n' ? "key enter" : std::string("key ") + key->character);
      } else {
        const auto& broken = std::get<BrokenScan>(event);
        seen.push_back("broken " + broken.text);
        whys.push_back(broken.why);
      }
    }
  }
};

using Seen = std::vector<std::string>;
constexpr milliseconds pause{400};

TEST(Wedge, ABurstWithEnterIsAScan) {
  EXPECT_EQ(Desk().scan("EP2-000042\r").wait(pause).seen, Seen{"scan EP2-000042"});
  EXPECT_EQ(Desk().scan("EP2-000042\n").wait(pause).seen, Seen{"scan EP2-000042"});
  EXPECT_EQ(Desk().scan("EP2-000042\t").wait(pause).seen, Seen{"scan EP2-000042"});
  EXPECT_EQ(Desk().scan("EP2-000042\r\n").wait(pause).seen, Seen{"scan EP2-000042"})
      << "CR and LF are one end";
}

TEST(Wedge, KeysOfAPersonAreKeys) {
  EXPECT_EQ(Desk().type("qr").wait(pause).seen, (Seen{"key q", "key r"}));
  EXPECT_EQ(Desk().type("q\r").wait(pause).seen, (Seen{"key q", "key enter"}));
  EXPECT_EQ(Desk().type("\n").seen, Seen{"key enter"});
}

TEST(Wedge, AKeyIsKnownToBeOneAfterTheGap) {
  Desk desk;
  desk.paste("q");
  EXPECT_TRUE(desk.seen.empty());
  ASSERT_TRUE(desk.wedge.due());
  EXPECT_LE(*desk.wedge.due() - desk.now, milliseconds{31});
  desk.now = *desk.wedge.due();
  desk.wait(milliseconds{0});
  EXPECT_EQ(desk.seen, Seen{"key q"});
  EXPECT_FALSE(desk.wedge.due());
}

TEST(Wedge, TwoBurstsAreTwoScans) {
  EXPECT_EQ(Desk().scan("SLOT F3\r").wait(milliseconds{50}).scan("EP2-000042\r").seen,
            (Seen{"scan SLOT F3", "scan EP2-000042"}));
  EXPECT_EQ(Desk().paste("SLOT F3\nEP2-000042\n").seen, (Seen{"scan SLOT F3", "scan EP2-000042"}));
}

/// The label of a unit may hold the letter that stops all slots.
TEST(Wedge, ABurstThatWasCutNeverActsAsKeys) {
  Desk desk;
  desk.scan("EP2-0").wait(milliseconds{60}).scan("00042\r").wait(pause);
  EXPECT_EQ(desk.seen, (Seen{"broken EP2-0", "broken 00042"}))
      << "nor is its rest a serial of its own";
  desk.scan("EP2-000042\r");
  EXPECT_EQ(desk.seen.back(), "scan EP2-000042") << "the next scan counts";
}

TEST(Wedge, TheRestOfABurstWhoseFirstCharacterWasAloneIsNoScan) {
  EXPECT_EQ(Desk().scan("E").wait(milliseconds{60}).scan("P2-000042\r").wait(pause).seen,
            (Seen{"key E", "broken P2-000042"}));
}

TEST(Wedge, ShortBurstsAreNeitherScanNorKeys) {
  EXPECT_EQ(Desk().scan("ab\r").wait(pause).seen, Seen{"broken ab"});
  EXPECT_EQ(Desk().scan("ab").wait(pause).seen, Seen{"broken ab"});
}

TEST(Wedge, LateEnterDoesNotMakeAScan) {
  EXPECT_EQ(Desk().scan("EP2-000042").wait(milliseconds{60}).scan("\r").wait(pause).seen,
            (Seen{"broken EP2-000042", "key enter"}));
}

TEST(Wedge, CharactersThatNoLabelHasSpoilTheBurst) {
  EXPECT_EQ(Desk()
                .scan("EP2\x01"
                      "0042\r")
                .wait(pause)
                .seen,
            Seen{"broken EP2?0042"});
  EXPECT_EQ(Desk()
                .scan("EP2\xc3\x9f"
                      "0042\r")
                .wait(pause)
                .seen,
            Seen{"broken EP2??0042"});
  EXPECT_EQ(Desk()
                .scan(std::string("EP2\0"
                                  "0042\r",
                                  9))
                .wait(pause)
                .seen,
            Seen{"broken EP2?0042"});
  EXPECT_EQ(Desk()
                .scan("\x1d"
                      "0104006381\r")
                .wait(pause)
                .seen,
            Seen{"broken ?0104006381"});
}

TEST(Wedge, EndlessBurstsAreDroppedWhole) {
  Desk desk;
  desk.scan(std::string(100'000, 'q'), milliseconds{1});
  desk.wait(pause);
  ASSERT_EQ(desk.seen.size(), 1U);
  EXPECT_EQ(desk.seen[0], "broken " + std::string(128, 'q'));
}

TEST(Wedge, CursorKeysAreDropped) {
  EXPECT_EQ(Desk().paste("\x1b[A").wait(pause).paste("\x1b[24~").wait(pause).seen, Seen{});
  EXPECT_EQ(Desk().type("\x1b").wait(pause).seen, Seen{"key \x1b"});
}

TEST(Wedge, BlanksAroundAScanAreNotPartOfIt) {
  EXPECT_EQ(Desk().scan("  EP2-000042  \r").seen, Seen{"scan EP2-000042"});
  EXPECT_EQ(Desk().scan("          \r").seen, Seen{"broken           "});
}

TEST(Wedge, APersonWithoutScannerTypesTheSerial) {
  Desk desk;
  desk.wedge.begin_entry();
  desk.type("EP2-00004").wait(milliseconds{0});
  EXPECT_EQ(desk.wedge.entry(), "EP2-00004");
  desk.type(
          "3\x7f"
          "2\r")
      .wait(pause);
  EXPECT_EQ(desk.seen, Seen{"scan EP2-000042"});
  EXPECT_FALSE(desk.wedge.entering());
  desk.type("q").wait(pause);
  EXPECT_EQ(desk.seen.back(), "key q") << "behind the entry a key is a key again";
}

TEST(Wedge, FastFingersMayTypeASerialToo) {
  Desk desk;
  desk.wedge.begin_entry();
  desk.scan("EP", milliseconds{20}).wait(milliseconds{100});
  desk.scan("2-0", milliseconds{25}).wait(milliseconds{100}).scan("1\r", milliseconds{10});
  EXPECT_EQ(desk.wait(pause).seen, Seen{"scan EP2-01"});
}

TEST(Wedge, EscapeGivesTheEntryUp) {
  Desk desk;
  desk.wedge.begin_entry();
  desk.type("EP2\x1b").wait(pause);
  EXPECT_FALSE(desk.wedge.entering());
  EXPECT_EQ(desk.seen, Seen{});
  desk.wedge.begin_entry();
  desk.paste(
          "ab\x1b"
          "qq")
      .wait(pause);
  EXPECT_EQ(desk.seen, Seen{}) << "what came with it in one burst is no key";
}

TEST(Wedge, AnEmptyEntryIsNoScan) {
  Desk desk;
  desk.wedge.begin_entry();
  desk.type("  \r").wait(pause);
  EXPECT_EQ(desk.seen, Seen{});
}

TEST(Wedge, AScanCountsMoreThanWhatIsHalfTyped) {
  Desk desk;
  desk.wedge.begin_entry();
  desk.type("EP2").wait(pause).scan("EP2-000042\r");
  EXPECT_EQ(desk.seen, Seen{"scan EP2-000042"});
  EXPECT_FALSE(desk.wedge.entering());
}

TEST(Wedge, TheGapCanBeSetForSlowScanners) {
  WedgeOptions slow;
  slow.gap = milliseconds{80};
  EXPECT_EQ(Desk(slow).scan("EP2-000042\r", milliseconds{60}).seen, Seen{"scan EP2-000042"});
  EXPECT_EQ(Desk().scan("EP2-000042\r", milliseconds{60}).wait(pause).seen.size(), 11U)
      << "as a person's keys";
}

/// Whatever a scanner sends, cut anywhere, at its pace: no key comes out but a lone first or last
/// character.
TEST(Wedge, NoCutOfABurstGivesMoreThanOneKey) {
  const std::string label = "stop-all-0042\r";
  for (std::size_t first = 0; first <= label.size(); ++first)
    for (std::size_t second = first; second <= label.size(); ++second) {
      Desk desk;
      desk.scan(label.substr(0, first)).wait(milliseconds{100});
      desk.scan(label.substr(first, second - first)).wait(milliseconds{100});
      desk.scan(label.substr(second)).wait(pause);
      std::size_t scans = 0;
      for (const auto& seen : desk.seen) {
        if (seen.starts_with("scan")) {
          EXPECT_EQ(seen, "scan stop-all-0042") << first << " " << second;
          ++scans;
        } else if (seen.starts_with("key") && seen != "key enter") {
          const bool lone = first == 1 || second == first + 1 || second + 1 == label.size() - 1 ||
                            label.size() - second == 1;
          EXPECT_TRUE(lone) << first << " " << second << " " << seen;
        }
      }
      const bool whole = (first == 0 || first == label.size()) &&
                         (second == first || second == label.size() || second == 0);
      EXPECT_EQ(scans, whole ? 1U : 0U) << first << " " << second;
    }
}

}  // namespace
}  // namespace plugrig::person
