#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixtures/twin/image_maker.hpp"
#include "tests/unit/twin/chip_host.hpp"
#include "tests/unit/twin/chip_program.hpp"

// RAM programs, uploaded and started as a stub is.

namespace plugrig::twin::test {
namespace {

using testing::HasSubstr;

constexpr std::uint32_t kUart = 0x60000000;
constexpr std::uint32_t kIsrAttach = 0x40000F88, kIsrUnmask = 0x40000FA8;
constexpr std::uint32_t kEraseSector = 0x40004A00, kSpiRead = 0x40004B1C;
constexpr std::uint32_t kMd5Init = 0x40009818, kMd5Update = 0x40009834, kMd5Final = 0x40009900;
constexpr std::uint32_t kTxOneChar = 0x40003B30, kBootFlash = 0x400010A8;
constexpr std::uint32_t kSoftwareReset = 0x4000264C, kDelay_us = 0x40002ECC;

class RomUserCode : public testing::Test {
 protected:
  void SetUp() override {
    host.enter_loader();
    ASSERT_TRUE(host.sync());
  }
  void write_memory(std::uint32_t address, const Bytes& bytes) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    ASSERT_EQ(host.answers(request(0x05, words({size, 1, 0x1800, address}))).size(), 1U);
    ASSERT_EQ(host.answers(data_request(0x07, 0, bytes)).size(), 1U);
  }
  void start(Program& program, std::uint32_t entry) {
    program.pad();
    write_memory(Program::kBase, program.bytes());
    host.send_frame(request(0x06, words({0, entry})));
    ASSERT_TRUE(host.frame());  // answered before it is left
  }
  void start(Program& program) { start(program, program.entry()); }
  std::string echo(const Bytes& bytes, Duration time = 20ms) {
    host.send(bytes);
    return host.text(time, host.baud);
  }

  TwinSlot slot{options()};
  Host host{slot};
};

/// Polls the FIFO and sends back what comes, with interrupts locked out.
Program polling_echo() {
  Program program({kUart});
  program.rsil(2, 3);
  program.l32r(4, 0);
  const std::uint32_t loop = program.here();
  program.l32i(5, 4, 0x1C);
  program.low_bits(5, 5, 8);
  program.beqz(5, loop);
  program.l32i(6, 4, 0);
  program.s32i(6, 4, 0);
  program.j(loop);
  return program;
}

TEST_F(RomUserCode, PollingEcho) {
  Program program = polling_echo();
  start(program);
  EXPECT_EQ(echo({'p', 'l', 'u', 'g'}), "plug");
  EXPECT_EQ(slot.chip_fault(), "");
  EXPECT_TRUE(slot.quiescent());  // the polling loop is known to be idle
  const std::uint64_t before = slot.instructions();
  slot.advance(slot.now() + 30s);
  EXPECT_LT(slot.instructions() - before, 1000U);
  EXPECT_EQ(echo({'!'}), "!");
}

/// Handler that sends back each byte plus one; the main program is `body`.
template <class Body>
Program interrupt_echo(std::vector<std::uint32_t> more_literals, Body body) {
  std::vector<std::uint32_t> literals{kUart, kIsrAttach, kIsrUnmask, 0};
  literals.insert(literals.end(), more_literals.begin(), more_literals.end());
  Program program(literals);
  program.movi(2, 5);
  program.l32r(3, 3);
  program.movi(4, 0);
  program.l32r(8, 1);
  program.callx0(8);
  program.movi(2, 0x20);
  program.l32r(8, 2);
  program.callx0(8);
  const std::uint32_t loop = program.here();
  body(program);
  program.j(loop);
  program.set_literal(3, program.here());
  program.l32r(4, 0);
  program.l32i(5, 4, 0);
  program.addi(5, 5, 1);
  program.s32i(5, 4, 0);
  program.movi(5, -1);
  program.s32i(5, 4, 0x10);
  program.ret();
  return program;
}

TEST_F(RomUserCode, InterruptHandlerWhileAsleep) {
  Program program = interrupt_echo({}, [](Program& p) { p.waiti(0); });
  start(program);
  EXPECT_EQ(echo({'H', 'A', 'L'}), "IBM");
  EXPECT_TRUE(slot.quiescent());
}

TEST_F(RomUserCode, InterruptHandlerWhileTheRomErases) {
  Program program = interrupt_echo({kEraseSector}, [](Program& p) {
    p.movi(2, 0x20);
    p.l32r(8, 4);
    p.callx0(8);
  });
  start(program);
  slot.advance(slot.now() + 10ms);  // an erase takes 45 ms
  EXPECT_EQ(echo({'H', 'A', 'L'}, 3ms), "IBM");
  EXPECT_EQ(slot.chip_fault(), "");
}

TEST_F(RomUserCode, Md5OfFlash) {
  constexpr std::uint32_t kContext = 0x3FFE8400, kBuffer = 0x3FFE9000, kDigest = 0x3FFE8500;
  constexpr std::uint32_t kAddress = 0x2000;
  slot.load_flash(kAddress, Bytes{'a', 'b', 'c', 'd'});
  Program program(
      {kContext, kBuffer, kDigest, kMd5Init, kMd5Update, kMd5Final, kSpiRead, kUart, kAddress});
  program.addi(12, 0, 0);
  program.l32r(2, 8);
  program.l32r(3, 1);
  program.movi(4, 4);
  program.l32r(8, 6);
  program.callx0(8);
  program.l32r(2, 0);
  program.l32r(8, 3);
  program.callx0(8);
  program.l32r(2, 0);
  program.l32r(3, 1);
  program.movi(4, 3);
  program.l32r(8, 4);
  program.callx0(8);
  program.l32r(2, 2);
  program.l32r(3, 0);
  program.l32r(8, 5);
  program.callx0(8);
  program.l32r(2, 2);
  program.l32r(4, 7);
  for (unsigned i = 0; i < 16; ++i) {
    program.l8ui(5, 2, i);
    program.s32i(5, 4, 0);
  }
  program.addi(0, 12, 0);
  program.ret();
  start(program);
  const std::string text = host.text(20ms, host.baud);
  EXPECT_EQ(hex(Bytes(text.begin(), text.begin() + 16)), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_THAT(text, HasSubstr("user code done"));
}

TEST_F(RomUserCode, ReturningIntoTheBootFunctionBootsTheFlash) {
  slot.load_flash(0, make_image({.size_bytes = kSmallImage}));
  Program program({kBootFlash});
  program.l32r(0, 0);
  program.ret();
  start(program);
  EXPECT_THAT(host.text(100ms, host.baud), HasSubstr("load 0x4010f000, len 3584, room 16 \r\n"));
}

// The straps are latched by the reset pin only: a software reset after a download comes up in the
// loader again.
TEST_F(RomUserCode, SoftwareResetKeepsTheLatchedStraps) {
  Program program({kSoftwareReset, kDelay_us});
  program.movi(2, 2000);  // the answer to MEM_END is still leaving
  program.l32r(8, 1);
  program.callx0(8);
  program.l32r(8, 0);
  program.callx0(8);
  start(program);
  EXPECT_THAT(host.text(50ms, 74880), HasSubstr("rst cause:3, boot mode:(1,"));
}

TEST_F(RomUserCode, OutputThroughTheRom) {
  Program program({kTxOneChar});
  program.addi(12, 0, 0);
  program.movi(2, 'x');
  program.l32r(8, 0);
  program.callx0(8);
  program.addi(0, 12, 0);
  program.ret();
  start(program);
  EXPECT_EQ(host.text(20ms, host.baud), "xuser code done\r\n");
}

TEST_F(RomUserCode, UnmodelledFunctionIsNamed) {
  Program program({0x40001234});
  program.l32r(8, 0);
  program.callx0(8);
  start(program);
  EXPECT_EQ(host.text(50ms, host.baud), "");
  EXPECT_THAT(slot.chip_fault(), HasSubstr("ROM function 0x40001234 not modelled"));
  EXPECT_THAT(slot.chip_fault(), HasSubstr("a8=0x40001234"));
  EXPECT_TRUE(slot.quiescent());
  host.enter_loader();  // a reset helps
  EXPECT_TRUE(host.sync());
  EXPECT_EQ(slot.chip_fault(), "");
}

TEST_F(RomUserCode, IllegalInstructionIsReported) {
  Program program({0});
  program.ill();
  start(program);
  slot.advance(slot.now() + 1ms);
  EXPECT_THAT(slot.chip_fault(), HasSubstr("illegal instruction"));
  EXPECT_THAT(slot.chip_fault(), HasSubstr("0x40100004"));
}

TEST_F(RomUserCode, ByteReadFromInstructionRamIsReported) {
  Program program({Program::kBase});
  program.l32r(4, 0);
  program.l8ui(5, 4, 0);
  start(program);
  slot.advance(slot.now() + 1ms);
  EXPECT_THAT(slot.chip_fault(), HasSubstr("cause 3"));
}

TEST_F(RomUserCode, AccessToNothingIsReported) {
  Program program({0x50000000});
  program.l32r(4, 0);
  program.l32i(5, 4, 0);
  start(program);
  slot.advance(slot.now() + 1ms);
  EXPECT_THAT(slot.chip_fault(), HasSubstr("0x50000000"));
}

}  // namespace
}  // namespace plugrig::twin::test
