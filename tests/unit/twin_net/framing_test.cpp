#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

#include "fixtures/twin/net/http_text.hpp"
#include "fixtures/twin/net/mbap_frame.hpp"
#include "fixtures/twin/net/rtu_frame.hpp"

// What stands around a PDU or a request on the wire.

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }
std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

TEST(RtuFrame, HasTheCheckValueOfTheStandard) { EXPECT_EQ(rtu_crc(bytes_of("123456789")), 0x4B37); }

struct Reference {
  std::uint8_t unit;
  Bytes pdu;
  std::uint8_t low, high;  ///< CRC, as sent
};

// Modbus notes §6.
const std::vector<Reference> references{
    {1, {0x01, 0x00, 0x00, 0x00, 0x08}, 0x3D, 0xCC},
    {1, {0x05, 0x00, 0x00, 0xFF, 0x00}, 0x8C, 0x3A},
    {1, {0x05, 0x00, 0x00, 0x00, 0x00}, 0xCD, 0xCA},
    {1, {0x05, 0x00, 0x00, 0x55, 0x00}, 0xF2, 0x9A},
    {1, {0x05, 0x00, 0xFF, 0xFF, 0x00}, 0xBC, 0x0A},
    {1, {0x05, 0x00, 0xFF, 0x00, 0x00}, 0xFD, 0xFA},
    {1, {0x05, 0x02, 0x00, 0x00, 0x07}, 0x8D, 0xB0},
    {1, {0x05, 0x04, 0x00, 0x00, 0x07}, 0x8D, 0x38},
    {0, {0x06, 0x40, 0x00, 0x00, 0x01}, 0x5C, 0x1B},
    {1, {0x06, 0x00, 0x01, 0x01, 0x00}, 0xD9, 0x9A},
    {1, {0x04, 0x00, 0x00, 0x00, 0x02}, 0x71, 0xCB},
    {1, {0x04, 0x04, 0x43, 0x66, 0x33, 0x33}, 0x5A, 0xFA},
    {1, {0x04, 0x00, 0x00, 0x00, 0x0E}, 0x71, 0xCE},
};

TEST(RtuFrame, IsTheReferenceFrameBothWays) {
  for (const auto& reference : references) {
    const auto frame = rtu_frame(reference.unit, reference.pdu);
    ASSERT_EQ(frame.size(), reference.pdu.size() + 3);
    EXPECT_EQ(frame[frame.size() - 2], reference.low);
    EXPECT_EQ(frame.back(), reference.high);
    const auto back = parse_rtu(frame);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->unit, reference.unit);
    EXPECT_EQ(back->pdu, reference.pdu);
  }
}

TEST(RtuFrame, IsNoneWithAnyBitFlippedOrAnyByteMissing) {
  const auto frame = rtu_frame(1, Bytes{0x04, 0x04, 0x43, 0x66, 0x33, 0x33});
  for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
    auto damaged = frame;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ 1U << bit % 8);
    EXPECT_FALSE(parse_rtu(damaged)) << bit;
  }
  for (std::size_t length = 0; length < frame.size(); ++length)
    EXPECT_FALSE(parse_rtu(std::span(frame).first(length))) << length;
  EXPECT_FALSE(parse_rtu(Bytes(300, 0x55)));
}

TEST(RtuFrame, CarriesTheDamageOfTheAnswer) {
  const BusAnswer answer{.unit = 1, .pdu = {0x04, 0x02, 0x08, 0xFE}};
  BusAnswer corrupted = answer;
  corrupted.corrupted = true;
  EXPECT_EQ(rtu_frame(corrupted).size(), rtu_frame(answer).size());
  EXPECT_FALSE(parse_rtu(rtu_frame(corrupted)));
  BusAnswer cut = answer;
  cut.cut = 3;
  EXPECT_EQ(rtu_frame(cut).size(), rtu_frame(answer).size() - 3);
  cut.cut = 1000;
  EXPECT_EQ(rtu_frame(cut).size(), 1U);
}

TEST(RtuTime, IsThatOfTheFactsTable) {
  EXPECT_NEAR(static_cast<double>(rtu_silence({9600, 10}).count()), 4.01e6, 0.01e6);
  EXPECT_NEAR(static_cast<double>(rtu_silence({2400, 10}).count()), 16.04e6, 0.01e6);
  EXPECT_EQ(rtu_silence({38400, 10}), 1750us);
  EXPECT_NEAR(static_cast<double>(rtu_time({9600, 10}, 8).count()), 8.333e6, 1e3);
  EXPECT_NEAR(static_cast<double>(rtu_time({19200, 11}, 8).count()), 4.583e6, 1e3);
}

TEST(MbapFrame, IsTakenWholeAndOneAtATime) {
  const Bytes request{0x12, 0x34, 0, 0, 0, 6, 1, 0x04, 0, 0, 0, 2};
  for (std::size_t length = 0; length < request.size(); ++length) {
    const auto front =
        parse_mbap({request.begin(), request.begin() + static_cast<std::ptrdiff_t>(length)});
    EXPECT_FALSE(front.broken || front.request) << length;
  }
  auto two = request;
  two.insert(two.end(), request.begin(), request.end());
  const auto front = parse_mbap(two);
  ASSERT_TRUE(front.request);
  EXPECT_EQ(front.length, request.size());
  EXPECT_EQ(front.request->transaction, 0x1234);
  EXPECT_EQ(front.request->unit, 1);
  EXPECT_THAT(front.request->pdu, ElementsAre(0x04, 0, 0, 0, 2));
}

TEST(MbapFrame, OfAnotherProtocolOrImpossibleLengthIsBroken) {
  EXPECT_TRUE(parse_mbap({0, 0, 0, 1, 0, 6, 1}).broken);
  EXPECT_TRUE(parse_mbap({0, 0, 0, 0, 0, 1, 1}).broken);
  EXPECT_TRUE(parse_mbap({0, 0, 0, 0, 0, 0xFF, 1}).broken);
  EXPECT_TRUE(parse_mbap(bytes_of("GET / HTTP/1.1\r\n")).broken);
}

TEST(MbapFrame, NamesItsRequest) {
  BusAnswer answer{.unit = 1, .pdu = {0x04, 0x02, 0x08, 0xFE}};
  EXPECT_THAT(mbap_frame(0x1234, answer), ElementsAre(0x12, 0x34, 0, 0, 0, 5, 1, 4, 2, 8, 0xFE));
  answer.corrupted = true;
  EXPECT_NE(mbap_frame(0x1234, answer)[3], 0);
}

TEST(HttpRequestText, IsReadWithWhatThePlugNeeds) {
  const auto text = bytes_of(
      "GET /cm?cmnd=Status%2010 HTTP/1.1\r\nHost: 10.0.0.7\r\nauthorization:  Basic YTpi \r\n\r\n");
  const auto front = parse_http(text);
  ASSERT_TRUE(front.text);
  EXPECT_EQ(front.length, text.size());
  EXPECT_EQ(front.text->request.method, "GET");
  EXPECT_EQ(front.text->request.target, "/cm?cmnd=Status%2010");
  EXPECT_EQ(front.text->request.host, "10.0.0.7");
  EXPECT_EQ(front.text->request.authorization, "Basic YTpi");
  EXPECT_FALSE(front.text->old_version);
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto part =
        parse_http({text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length)});
    EXPECT_FALSE(part.broken || part.text) << length;
  }
}

TEST(HttpRequestText, WaitsForItsBody) {
  const std::string head = "POST /cm HTTP/1.1\r\nContent-Length: 5\r\n\r\n";
  EXPECT_FALSE(parse_http(bytes_of(head + "abcd")).text);
  const auto front = parse_http(bytes_of(head + "abcde"));
  ASSERT_TRUE(front.text);
  EXPECT_EQ(front.text->request.body, "abcde");
}

TEST(HttpRequestText, ThatIsNoneIsBroken) {
  for (const char* text : {"HELLO\r\n\r\n", "GET / HTTP/2\r\n\r\n", "GET nowhere HTTP/1.1\r\n\r\n",
                           "\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                           "GET / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"})
    EXPECT_TRUE(parse_http(bytes_of(text)).broken) << text;
  EXPECT_TRUE(parse_http(Bytes(10'000, 'x')).broken);
}

TEST(HttpRequestText, LongestHeadIsTakenHoweverItComes) {
  constexpr std::size_t longest = 4096;
  const std::string ends = " HTTP/1.1\r\n\r\n";
  const auto target = [&](std::size_t head) {
    return "GET /" + std::string(head + 4 - ends.size() - 5, 'a') + ends;
  };
  const auto text = target(longest);
  for (std::size_t had_come = longest - 2; had_come < text.size(); ++had_come)
    EXPECT_FALSE(parse_http(bytes_of(text.substr(0, had_come))).broken) << had_come;
  EXPECT_TRUE(parse_http(bytes_of(text)).text);
  EXPECT_TRUE(parse_http(bytes_of(target(longest + 1))).broken);
}

TEST(HttpReplyText, ComesInChunksWhoseLengthsAddUp) {
  const std::string body(600, 'x');
  const auto text = text_of(http_reply({.status = 200, .body = body, .headers = {}}, false));
  EXPECT_THAT(text, HasSubstr("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(text, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(text, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\n\r\n100\r\nxxx"));
  EXPECT_THAT(text, HasSubstr("\r\n58\r\nxxx"));  // 600 = 256 + 256 + 88
  EXPECT_THAT(text, EndsWith("\r\n0\r\n\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("Content-Length")));
}

TEST(HttpReplyText, HasALengthForOldClientsAndWhenAsked) {
  const PlugHttpReply reply{
      .status = 401, .body = "no", .headers = {{"WWW-Authenticate", "Basic"}}};
  const auto old = text_of(http_reply(reply, true));
  EXPECT_THAT(old, HasSubstr("HTTP/1.0 401 Unauthorized\r\n"));
  EXPECT_THAT(old, HasSubstr("WWW-Authenticate: Basic\r\n"));
  EXPECT_THAT(old, HasSubstr("Content-Length: 2\r\n"));
  EXPECT_THAT(old, EndsWith("\r\n\r\nno"));
  EXPECT_THAT(text_of(http_reply({.body = "", .headers = {}, .chunked = false}, false)),
              HasSubstr("Content-Length: 0\r\n"));
}

}  // namespace
}  // namespace plugrig::twin
