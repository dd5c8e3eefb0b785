#include "drivers/esp/protocol.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "drivers/esp/bytes.hpp"

namespace plugrig::esp {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes hex(const std::string& text) {
  Bytes out;
  for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
    out.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(at, 2), nullptr, 16)));
  }
  return out;
}

TEST(Protocol, SyncRequestAsTheRomWantsIt) {
  EXPECT_EQ(make_request(Op::sync, sync_data()),
            hex("000824000000000007071220" + std::string(64, '5')));
}

TEST(Protocol, RequestsLittleEndian) {
  EXPECT_EQ(make_request(Op::read_reg, words({0x40001000})), hex("000a04000000000000100040"));
  EXPECT_EQ(make_request(Op::flash_begin, words({0x1000, 5, 0x400, 0xFF000})),
            hex("0002100000000000"
                "00100000"
                "05000000"
                "00040000"
                "00f00f00"));
}

TEST(Protocol, DataBlockHasSubHeaderAndChecksumOfThePayloadOnly) {
  const Bytes payload{0x10, 0x20, 0x30};
  EXPECT_EQ(data_checksum(payload), 0xEF ^ 0x10 ^ 0x20 ^ 0x30);
  EXPECT_EQ(data_checksum({}), 0xEF);
  EXPECT_EQ(make_request(Op::flash_data, block_data(7, payload), data_checksum(payload)),
            hex("00031300ef000000"
                "03000000"
                "07000000"
                "00000000"
                "00000000"
                "102030"));
}

// Answers of the real ROM (ESP8266 flashing notes, golden vectors).
TEST(Protocol, AnswersOfTheRealRom) {
  const auto sync = parse_response(hex("01080200070712200000"));
  ASSERT_TRUE(sync);
  EXPECT_EQ(sync->op, Op::sync);
  EXPECT_EQ(sync->value, 0x20120707U);
  EXPECT_TRUE(sync->ok());

  const auto magic = parse_response(hex("010a020001c1f0ff0000"));
  ASSERT_TRUE(magic);
  EXPECT_EQ(magic->value, 0xFFF0C101U);

  const auto refused = parse_response(hex("010a020001c1f0ff0105"));
  ASSERT_TRUE(refused);
  EXPECT_FALSE(refused->ok());
  EXPECT_EQ(refused->code(), 5);

  const auto stale = parse_response(hex("01020200000010000006"));
  ASSERT_TRUE(stale);
  EXPECT_TRUE(stale->ok()) << "the second status byte is a stale error";
}

TEST(Protocol, StubAnswersCarryTheCodeInTheFirstByteAndDataBefore) {
  const auto digest = parse_response(hex("01131200000000000102030405060708090a0b0c0d0e0f100000"));
  ASSERT_TRUE(digest);
  EXPECT_EQ(digest->data.size(), 16U);
  EXPECT_EQ(digest->data.front(), 1);
  const auto refused = parse_response(hex("0103020000000000c100"));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code(), 0xC1);
  EXPECT_EQ(error_text(refused->code()), "bad checksum");
}

TEST(Protocol, WhatIsNoAnswer) {
  for (const char* text :
       {"", "01", "010a0200000000", "000a020000000000 0000", "010a03000000000000000",
        "010a02000000000000000000", "010a0100000000000000"}) {
    EXPECT_FALSE(parse_response(hex(text))) << text;
  }
}

TEST(Protocol, NamesForThePerson) {
  EXPECT_EQ(to_string(Op::flash_begin), "FLASH_BEGIN");
  EXPECT_EQ(to_string(static_cast<Op>(0x77)), "op 0x77");
  EXPECT_EQ(error_text(0x42), "unknown error");
}

}  // namespace
}  // namespace plugrig::esp
