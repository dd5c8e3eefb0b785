#include "drivers/guardian/message.hpp"

#include <gtest/gtest.h>

#include <random>
#include <stdexcept>

namespace plugrig::guardian {
namespace {

Message an_order() {
  return {.kind = Kind::send,
          .status = Status::done,
          .unit = 17,
          .number = 0xA1B2C3D4,
          .wait_ms = 300,
          .body = {5, 0, 7, 0xFF, 0}};
}

TEST(Message, ComesBackAsItWasSent) {
  EXPECT_EQ(decode(encode(an_order())), an_order());
  const Message empty{.kind = Kind::lease};
  EXPECT_EQ(decode(encode(empty)), empty);
  Message longest = an_order();
  longest.body.assign(largest_body, 0x5A);
  EXPECT_EQ(decode(encode(longest)), longest);
  longest.body.push_back(0);
  EXPECT_THROW(encode(longest), std::invalid_argument);
}

TEST(Message, EveryFlippedBitIsSeen) {
  const auto right = encode(an_order());
  for (std::size_t bit = 0; bit < right.size() * 8; ++bit) {
    auto wrong = right;
    wrong[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_EQ(decode(wrong), std::nullopt) << "bit " << bit;
  }
}

TEST(Message, EveryCutIsSeenAndSoIsWhatIsTooLong) {
  const auto right = encode(an_order());
  for (std::size_t length = 0; length < right.size(); ++length)
    EXPECT_EQ(decode(std::span(right).first(length)), std::nullopt) << length;
  auto longer = right;
  longer.push_back(0);
  EXPECT_EQ(decode(longer), std::nullopt);
  EXPECT_EQ(decode(std::vector<std::uint8_t>(largest_body + 21, 0)), std::nullopt);
}

TEST(Message, NoiseIsNoMessage) {
  std::mt19937_64 random(5);
  for (int trial = 0; trial < 20'000; ++trial) {
    std::vector<std::uint8_t> noise(random() % 64);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
    EXPECT_EQ(decode(noise), std::nullopt);
  }
}

TEST(FaultBody, CarriesWhatPeopleNeed) {
  const Fault fault("modbus.busy", Blame::host, "The port is held.", "End the program.");
  const Fault back = fault_of(fault_body(fault));
  EXPECT_EQ(back.id(), fault.id());
  EXPECT_EQ(back.blame(), fault.blame());
  EXPECT_EQ(back.happened(), fault.happened());
  EXPECT_EQ(back.next(), fault.next());
}

TEST(FaultBody, TextsThatAreTooLongAreCut) {
  const Fault fault("a.b", Blame::operator_, std::string(9000, 'x'), std::string(9000, 'y'));
  const auto body = fault_body(fault);
  ASSERT_LE(body.size(), largest_body);
  EXPECT_EQ(fault_of(body).id(), "a.b");
  EXPECT_EQ(fault_of(body).blame(), Blame::operator_);
}

TEST(FaultBody, AnyBytesMakeAFault) {
  using namespace std::string_view_literals;
  for (const auto text : {""sv, "x"sv, "a\0nobody\0b\0c\0"sv, "a\0host\0b"sv, "\0host\0b\0c\0"sv}) {
    const std::vector<std::uint8_t> body(text.begin(), text.end());
    EXPECT_EQ(fault_of(body).id(), "guardian.garbled");
  }
}

}  // namespace
}  // namespace plugrig::guardian
