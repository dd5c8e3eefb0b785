// The assembler's vectors of the instruction sheet, §5, and the encodings the core does not have.

#include <gtest/gtest.h>

#include <optional>

#include "fixtures/twin/chip/lx106_isa.hpp"

namespace plugrig::twin::lx106 {
namespace {

struct Vector {
  std::uint32_t bits;
  Op op;
  int r = -1, s = -1, t = -1;  ///< -1: not an operand
  std::optional<std::uint32_t> imm = {};
  std::uint32_t pc = 0x40100000;
};

void check(const Vector& v) {
  SCOPED_TRACE(testing::Message() << std::hex << v.bits << " at " << v.pc);
  const Decoded d = decode(v.pc, v.bits);
  EXPECT_EQ(static_cast<int>(d.op), static_cast<int>(v.op));
  if (v.r >= 0) {
    EXPECT_EQ(d.r, v.r);
  }
  if (v.s >= 0) {
    EXPECT_EQ(d.s, v.s);
  }
  if (v.t >= 0) {
    EXPECT_EQ(d.t, v.t);
  }
  if (v.imm) {
    EXPECT_EQ(d.imm, *v.imm);
  }
  EXPECT_EQ(d.tag, std::uint64_t{v.pc} << 32 | v.bits);
}

TEST(Decode, Arithmetic) {
  for (const Vector& v : {
           Vector{0x605160, Op::abs, 5, -1, 6},    {0x805670, Op::add, 5, 6, 7},
           {0x905670, Op::addx2, 5, 6, 7},         {0xa05670, Op::addx4, 5, 6, 7},
           {0xb05670, Op::addx8, 5, 6, 7},         {0xc05670, Op::sub, 5, 6, 7},
           {0xd05670, Op::subx2, 5, 6, 7},         {0xe05670, Op::subx4, 5, 6, 7},
           {0xf05670, Op::subx8, 5, 6, 7},         {0x105670, Op::and_, 5, 6, 7},
           {0x205670, Op::or_, 5, 6, 7},           {0x305670, Op::xor_, 5, 6, 7},
           {0x605060, Op::neg, 5, -1, 6},          {0x80c652, Op::addi, -1, 6, 5, 0xFFFFFF80},
           {0x7fc652, Op::addi, -1, 6, 5, 127},    {0x80d652, Op::addi, -1, 6, 5, 0xFFFF8000},
           {0x7fd652, Op::addi, -1, 6, 5, 0x7F00}, {0x00a852, Op::movi, -1, -1, 5, 0xFFFFF800},
           {0xffa752, Op::movi, -1, -1, 5, 2047},  {0x835670, Op::moveqz, 5, 6, 7},
           {0x935670, Op::movnez, 5, 6, 7},        {0xa35670, Op::movltz, 5, 6, 7},
           {0xb35670, Op::movgez, 5, 6, 7},        {0xc15670, Op::mul16u, 5, 6, 7},
           {0xd15670, Op::mul16s, 5, 6, 7},        {0x825670, Op::mull, 5, 6, 7},
           {0x40e650, Op::nsa, -1, 6, 5},          {0x40f650, Op::nsau, -1, 6, 5},
       }) {
    check(v);
  }
}

TEST(Decode, LoadsAndStores) {
  for (const Vector& v : {
           Vector{0xff0652, Op::l8ui, -1, 6, 5, 255},
           {0xff1652, Op::l16ui, -1, 6, 5, 510},
           {0xff9652, Op::l16si, -1, 6, 5, 510},
           {0xff2652, Op::l32i, -1, 6, 5, 1020},
           {0xff4652, Op::s8i, -1, 6, 5, 255},
           {0xff5652, Op::s16i, -1, 6, 5, 510},
           {0xff6652, Op::s32i, -1, 6, 5, 1020},
           {0xf658, Op::l32i, -1, 6, 5, 60},
           {0xf659, Op::s32i, -1, 6, 5, 60},
           {0xffff51, Op::l32r, -1, -1, 5, 0x40100060, 0x40100064},
       }) {
    check(v);
  }
}

TEST(Decode, Shifts) {
  for (const Vector& v : {
           Vector{0x1156f0, Op::slli, 5, 6, -1, 1},
           {0x115600, Op::slli, 5, 6, -1, 16},
           {0x015610, Op::slli, 5, 6, -1, 31},
           {0x215060, Op::srai, 5, -1, 6, 0},
           {0x315160, Op::srai, 5, -1, 6, 17},
           {0x315f60, Op::srai, 5, -1, 6, 31},
           {0x415060, Op::srli, 5, -1, 6, 0},
           {0x415f60, Op::srli, 5, -1, 6, 15},
           {0xa15600, Op::sll, 5, 6},
           {0x915070, Op::srl, 5, -1, 7},
           {0xb15070, Op::sra, 5, -1, 7},
           {0x815670, Op::src, 5, 6, 7},
           {0x401600, Op::ssl, -1, 6},
           {0x400600, Op::ssr, -1, 6},
           {0x402600, Op::ssa8l, -1, 6},
           {0x403600, Op::ssa8b, -1, 6},
           {0x404000, Op::ssai, -1, -1, -1, 0},
           {0x404110, Op::ssai, -1, -1, -1, 17},
           {0x404f10, Op::ssai, -1, -1, -1, 31},
           {0x045070, Op::extui, 5, -1, 7, 0},
           {0xe55170, Op::extui, 5, -1, 7, 17 | 14 << 8},
           {0x055f70, Op::extui, 5, -1, 7, 31},
           {0xf55070, Op::extui, 5, -1, 7, 16 | 15 << 8},
       }) {
    check(v);
  }
}

TEST(Decode, SystemAndNarrow) {
  for (const Vector& v : {
           Vector{0x0020f0, Op::nop},
           {0x000000, Op::illegal},
           {0x0020c0, Op::nop},
           {0x0020d0, Op::nop},
           {0x002000, Op::nop},
           {0x002010, Op::nop},
           {0x002020, Op::nop},
           {0x002030, Op::nop},
           {0x002080, Op::nop},
           {0x003000, Op::rfe},
           {0x003200, Op::rfde},
           {0x003310, Op::rfi, -1, 3},
           {0x000080, Op::ret},
           {0x0006a0, Op::jx, -1, 6},
           {0x0006c0, Op::callx0, -1, 6},
           {0x005000, Op::syscall},
           {0x0041f0, Op::break_, -1, 1, 15},
           {0x006350, Op::rsil, -1, 3, 5},
           {0x007200, Op::waiti, -1, 2},
           {0x030350, Op::rsr, -1, -1, 5, 3},
           {0x130350, Op::wsr, -1, -1, 5, 3},
           {0x61e650, Op::xsr, -1, -1, 5, 230},
           {0x506650, Op::nop},
           {0x50e650, Op::nop},
           {0x567a, Op::add, 5, 6, 7},
           {0x560b, Op::addi, -1, 6, 5, 0xFFFFFFFF},
           {0x561b, Op::addi, -1, 6, 5, 1},
           {0x56fb, Op::addi, -1, 6, 5, 15},
           {0x065d, Op::mov, -1, 6, 5},
           {0x056c, Op::movi, -1, -1, 5, 0xFFFFFFE0},
           {0xf55c, Op::movi, -1, -1, 5, 95},
           {0xf57c, Op::movi, -1, -1, 5, 0xFFFFFFFF},
           {0xf00d, Op::ret},
           {0xf03d, Op::nop},
           {0xf06d, Op::illegal},
           {0xf32d, Op::break_, -1, 3},
       }) {
    check(v);
  }
}

TEST(Decode, BranchesToOnePlace) {
  constexpr std::uint32_t kTo = 0x40100045;
  for (const Vector& v : {
           Vector{0x411567, Op::beq, -1, 5, 6, kTo, 0x40100000},
           {0x3e9567, Op::bne, -1, 5, 6, kTo, 0x40100003},
           {0x3b2567, Op::blt, -1, 5, 6, kTo, 0x40100006},
           {0x383567, Op::bltu, -1, 5, 6, kTo, 0x40100009},
           {0x35a567, Op::bge, -1, 5, 6, kTo, 0x4010000c},
           {0x32b567, Op::bgeu, -1, 5, 6, kTo, 0x4010000f},
           {0x2f8567, Op::bany, -1, 5, 6, kTo, 0x40100012},
           {0x2c0567, Op::bnone, -1, 5, 6, kTo, 0x40100015},
           {0x294567, Op::ball, -1, 5, 6, kTo, 0x40100018},
           {0x26c567, Op::bnall, -1, 5, 6, kTo, 0x4010001b},
           {0x235567, Op::bbc, -1, 5, 6, kTo, 0x4010001e},
           {0x20d567, Op::bbs, -1, 5, 6, kTo, 0x40100021},
           {0x1d6537, Op::bbci, -1, 5, 3, kTo, 0x40100024},
           {0x1a7537, Op::bbci, -1, 5, 19, kTo, 0x40100027},
           {0x17e537, Op::bbsi, -1, 5, 3, kTo, 0x4010002a},
           {0x14f5f7, Op::bbsi, -1, 5, 31, kTo, 0x4010002d},
           {0x110526, Op::beqi, 0, 5, -1, kTo, 0x40100030},
           {0x0ef566, Op::bnei, 15, 5, -1, kTo, 0x40100033},
           {0x0bc5a6, Op::blti, 12, 5, -1, kTo, 0x40100036},
           {0x0815e6, Op::bgei, 1, 5, -1, kTo, 0x40100039},
           {0x0505b6, Op::bltui, 0, 5, -1, kTo, 0x4010003c},
           {0x0215f6, Op::bgeui, 1, 5, -1, kTo, 0x4010003f},
           {0xff25b6, Op::bltui, 2, 5, -1, kTo, 0x40100042},
       }) {
    check(v);
  }
  EXPECT_EQ(kB4Const[0], 0xFFFFFFFFU);
  EXPECT_EQ(kB4Const[12], 32U);
  EXPECT_EQ(kB4Const[15], 256U);
  EXPECT_EQ(kB4ConstUnsigned[0], 32768U);
  EXPECT_EQ(kB4ConstUnsigned[1], 65536U);
}

TEST(Decode, JumpsBackAndShort) {
  for (const Vector& v : {
           Vector{0xfb4516, Op::beqz, -1, 5, -1, 0x40100000, 0x40100048},
           {0xfb1556, Op::bnez, -1, 5, -1, 0x40100000, 0x4010004b},
           {0xfae596, Op::bltz, -1, 5, -1, 0x40100000, 0x4010004e},
           {0xfab5d6, Op::bgez, -1, 5, -1, 0x40100000, 0x40100051},
           {0x358c, Op::beqz, -1, 5, -1, 0x4010005b, 0x40100054},
           {0x15cc, Op::bnez, -1, 5, -1, 0x4010005b, 0x40100056},
           {0xffff06, Op::j, -1, -1, -1, 0x40100058, 0x40100058},
           {0xfff945, Op::call0, -1, -1, -1, 0x40100000, 0x40100068},
           {0xfff905, Op::call0, -1, -1, -1, 0x40100000, 0x4010006e},
       }) {
    check(v);
  }
}

TEST(Decode, WhatTheCoreDoesNotHaveIsIllegal) {
  for (const std::uint32_t bits : {
           0x000090U,                      // RETW
           0x0000D0U, 0x0000E0U,           // CALLX4, CALLX8
           0x001560U,                      // MOVSP
           0x003100U, 0x003400U,           // RFUE, RFWO
           0x003110U, 0x003410U,           // RFI 1, RFI 4
           0x0020E0U, 0x0020F0U | 0x100U,  // reserved neighbours of NOP
           0x408000U,                      // ROTW
           0x502000U, 0x700000U,
           0x605260U, 0x516000U,
           0x716000U, 0xE16000U,
           0xF16000U,  // holes of RST1
           0x925670U, 0xA25670U,
           0xB25670U,  // MULUH, MULSH
           0xC25670U, 0xD25670U,
           0xE25670U, 0xF25670U,  // divides
           0x235670U,             // SEXT
           0x335670U, 0x435670U,
           0x535670U, 0x635670U,
           0x735670U,             // CLAMPS, MIN, MAX, …
           0xE35670U, 0xF35670U,  // RUR, WUR
           0x065670U, 0x085670U,
           0x095670U, 0x0A5670U,  // CUST0, LSCX, L32E, FP0
           0x003652U, 0x007652U,
           0x008652U, 0x00B652U,
           0x00E652U, 0x00F652U,  // LSAI holes
           0x000003U, 0x000004U,  // LSCI, MAC16
           0x000015U, 0x000025U,
           0x000035U,             // CALL4, 8, 12
           0x000136U, 0x008076U,  // ENTRY, LOOP
           0x100DU,   0xF01DU,
           0xF04DU,   0xF10DU,  // holes of ST3, RETW.N
           0x000EU,   0x000FU,
       }) {
    SCOPED_TRACE(testing::Message() << std::hex << bits);
    EXPECT_EQ(static_cast<int>(decode(0x40100000, bits).op), static_cast<int>(Op::illegal));
  }
}

TEST(Decode, NarrowIgnoresTheThirdByte) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    if (length_of(bits) != 2) continue;
    const Decoded plain = decode(0x40100000, bits);
    const Decoded followed = decode(0x40100000, bits | 0xA50000);
    ASSERT_EQ(plain.op, followed.op) << bits;
    ASSERT_EQ(plain.imm, followed.imm) << bits;
    ASSERT_EQ(plain.t, followed.t) << bits;
  }
}

}  // namespace
}  // namespace plugrig::twin::lx106
