#include "drivers/esp/link.hpp"

#include <gtest/gtest.h>

#include "drivers/esp/bytes.hpp"
#include "drivers/esp/loader_commands.hpp"
#include "rig/core/fault.hpp"
#include "tests/unit/esp/scripted_chip.hpp"

namespace plugrig::esp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Bytes;
using test::ScriptedPort;

struct Bench {
  explicit Bench(ScriptedPort::Answer answer)
      : port(clock, std::move(answer)), link(port, clock, log), commands(link) {}
  [[nodiscard]] Deadline within(Duration time) const { return {.at = clock.now() + time}; }

  test::HandClock clock;
  EvidenceLog log;
  ScriptedPort port;
  Link link;
  LoaderCommands commands;
};

void answer_sync(ScriptedPort& port) {
  for (int copy = 0; copy < 8; ++copy) port.respond(0x08, 0x20120707);
}

TEST(Link, SkipsLateAnswersToOtherCommandsAndKeepsThemForTheLog) {
  Bench bench([](ScriptedPort& port, const Bytes& frame) {
    if (frame[1] != 0x0A) return;
    answer_sync(port);
    port.respond(0x0A, 42);
  });
  const auto answer = bench.link.exchange(Op::read_reg, words({0x40001000}), milliseconds{100},
                                          bench.within(seconds{1}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->value, 42U);
  EXPECT_NE(bench.log.evidence().at(0).text.find("late answer to SYNC"), std::string::npos);
}

TEST(Link, SkippingHasAnEnd) {
  Bench bench([](ScriptedPort& port, const Bytes&) {
    for (int copy = 0; copy < 200; ++copy) port.respond(0x08, 0);
    port.respond(0x0A, 42);
  });
  EXPECT_FALSE(bench.link.exchange(Op::read_reg, words({0}), seconds{5}, bench.within(seconds{9})));
}

TEST(Link, SyncDrainsItsEightAnswers) {
  Bench bench([](ScriptedPort& port, const Bytes& frame) {
    if (frame[1] == 0x08) answer_sync(port);
    if (frame[1] == 0x0A) port.respond(0x0A, 7);
  });
  std::uint32_t value = 0;
  EXPECT_TRUE(bench.link.sync(milliseconds{100}, bench.within(seconds{1}), &value));
  EXPECT_EQ(value, 0x20120707U);
  EXPECT_FALSE(bench.link.receive_frame(milliseconds{50}, bench.within(seconds{1})));
}

TEST(Link, DeadlineIsAFaultLimitIsNot) {
  Bench bench([](ScriptedPort&, const Bytes&) {});
  EXPECT_FALSE(bench.link.receive(Op::sync, milliseconds{50}, bench.within(seconds{1})));
  try {
    bench.link.receive(Op::sync, seconds{5}, bench.within(seconds{1}));
    FAIL() << "waited beyond the deadline";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "esp.deadline");
  }
}

TEST(Link, StopIsStopped) {
  Bench bench([](ScriptedPort&, const Bytes&) {});
  std::stop_source source;
  source.request_stop();
  const Deadline deadline{bench.clock.now() + seconds{1}, source.get_token()};
  EXPECT_THROW(bench.link.receive(Op::sync, milliseconds{50}, deadline), Stopped);
}

TEST(Link, BytesOutsideFramesAreKeptUntilTheNextGoodAnswer) {
  Bench bench([](ScriptedPort& port, const Bytes&) {
    const std::string text = "\r\n ets Jan  8 2013,rst cause:1, boot mode:(3,7)\r\n";
    port.say(Bytes(text.begin(), text.end()));
  });
  EXPECT_FALSE(bench.link.sync(milliseconds{50}, bench.within(seconds{1})));
  const auto& stray = bench.link.stray();
  EXPECT_NE(std::string(stray.begin(), stray.end()).find("rst cause:1"), std::string::npos);
}

TEST(LoaderCommands, ALostAnswerIsAskedForAgainAfterSync) {
  int reads = 0;
  int syncs = 0;
  Bench bench([&](ScriptedPort& port, const Bytes& frame) {
    if (frame[1] == 0x08) {
      ++syncs;
      answer_sync(port);
    }
    if (frame[1] == 0x0A && ++reads > 1) port.respond(0x0A, 5);
  });
  EXPECT_EQ(bench.commands.read_register(0x1000, bench.within(seconds{9})), 5U);
  EXPECT_EQ(reads, 2);
  EXPECT_GE(syncs, 1);
}

TEST(LoaderCommands, AValueForTheRecordMustComeTwice) {
  // One flipped bit in an answer without a checksum: the second reading contradicts, the third
  // decides.
  int reads = 0;
  Bench bench([&](ScriptedPort& port, const Bytes&) {
    port.respond(0x0A, ++reads == 1 ? 0xFFF0C105U : 0xFFF0C101U);
  });
  EXPECT_EQ(bench.commands.read_register_surely(0x40001000, bench.within(seconds{9})), 0xFFF0C101U);
  EXPECT_EQ(reads, 3);
}

TEST(LoaderCommands, DeadLinkIsLostRefusingChipIsNoisy) {
  Bench dead([](ScriptedPort&, const Bytes&) {});
  try {
    dead.commands.read_register(0, dead.within(seconds{60}));
    FAIL();
  } catch (const LinkTrouble& trouble) {
    EXPECT_EQ(trouble.kind, LinkTrouble::Kind::lost);
  }
  Bench refusing([](ScriptedPort& port, const Bytes& frame) {
    if (frame[1] == 0x08) answer_sync(port);
    if (frame[1] == 0x0A) port.respond(0x0A, 0, {1, 5});
  });
  try {
    refusing.commands.read_register(0, refusing.within(seconds{60}));
    FAIL();
  } catch (const LinkTrouble& trouble) {
    EXPECT_EQ(trouble.kind, LinkTrouble::Kind::noisy);
    EXPECT_NE(std::string(trouble.what()).find("0x05"), std::string::npos);
  }
}

TEST(LoaderCommands, MemoryGoesInNumberedBlocksWithChecksums) {
  std::vector<Bytes> seen;
  Bench bench([&](ScriptedPort& port, const Bytes& frame) {
    seen.push_back(frame);
    port.respond(frame[1], 0);
  });
  const Bytes payload{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  bench.commands.load_memory(0x40100000, payload, 4, bench.within(seconds{9}));
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen[0][1], 0x05);
  EXPECT_EQ(word_at(seen[0], 8), 10U);
  EXPECT_EQ(word_at(seen[0], 12), 3U);
  EXPECT_EQ(word_at(seen[0], 16), 4U);
  EXPECT_EQ(word_at(seen[0], 20), 0x40100000U);
  EXPECT_EQ(word_at(seen[3], 8), 2U) << "last block is short";
  EXPECT_EQ(word_at(seen[3], 12), 2U) << "sequence number";
  EXPECT_EQ(seen[3][4], 0xEF ^ 9 ^ 10);
}

TEST(EvidenceLog, IsBoundedAndKeepsTheEnd) {
  EvidenceLog log(200);
  for (int line = 0; line < 100; ++line) log.note(Instant{}, "line " + std::to_string(line));
  const std::string text = log.evidence().at(0).text;
  EXPECT_LE(text.size(), 200U);
  EXPECT_NE(text.find("line 99"), std::string::npos);
  EXPECT_EQ(text.find("line 1\n"), std::string::npos);
}

}  // namespace
}  // namespace plugrig::esp
