#include "rig/engine/check_digit.hpp"

#include <gtest/gtest.h>

#include <string>

namespace plugrig {
namespace {

struct Published {
  CheckDigit method;
  std::string payload, check;
  std::string where;
};

void PrintTo(const Published& p, std::ostream* out) { *out << to_string(p.method) << p.payload; }

class PublishedExamples : public testing::TestWithParam<Published> {};

TEST_P(PublishedExamples, HaveTheirPublishedCheckCharacters) {
  const auto& example = GetParam();
  EXPECT_EQ(check_characters(example.method, example.payload), example.check) << example.where;
}

INSTANTIATE_TEST_SUITE_P(
    All, PublishedExamples,
    testing::Values(
        Published{CheckDigit::luhn, "7992739871", "3", "the customary example"},
        Published{CheckDigit::luhn, "49015420323751", "8", "IMEI of 3GPP TS 23.003 tutorials"},
        Published{CheckDigit::luhn, "1789372997", "4", "worked example by hand"},
        Published{CheckDigit::gs1, "629104150021", "3", "GS1 check digit calculator, GTIN-13"},
        Published{CheckDigit::gs1, "400638133393", "1", "an EAN-13 in print"},
        Published{CheckDigit::gs1, "7351353", "7", "an EAN-8 in print"},
        Published{CheckDigit::iso7064_mod11_2, "0794", "0", "ISO/IEC 7064 Annex"},
        Published{CheckDigit::iso7064_mod11_2, "079", "X", "ISO/IEC 7064 Annex"},
        Published{CheckDigit::iso7064_mod11_2, "0000-0002-1825-009", "7", "ORCID manual"},
        Published{CheckDigit::iso7064_mod11_2, "0000-0002-1694-233", "X", "ORCID manual"},
        Published{CheckDigit::iso7064_mod37_2, "G123489654321", "Y", "ISBT 128 donation number"},
        Published{CheckDigit::iso7064_mod97_10, "794", "44", "ISO/IEC 7064 Annex"},
        // An IBAN is the same with its first four characters behind and letters as numbers.
        Published{CheckDigit::iso7064_mod97_10, "32142829123456987654321611", "82",
                  "IBAN GB82 WEST 1234 5698 7654 32"},
        Published{CheckDigit::iso7064_mod11_10, "0794", "5", "ISO/IEC 7064 Annex"},
        Published{CheckDigit::iso7064_mod11_10, "79462", "3", "worked example of the standard"},
        Published{CheckDigit::iso7064_mod37_36, "A1-2425G-ABC1234002-", "M",
                  "Global Release Identifier"}));

TEST(CheckDigits, RefuseWhatTheirAlphabetDoesNotHold) {
  for (const auto method : {CheckDigit::luhn, CheckDigit::gs1, CheckDigit::iso7064_mod11_2,
                            CheckDigit::iso7064_mod97_10, CheckDigit::iso7064_mod11_10}) {
    EXPECT_FALSE(check_characters(method, "12A4")) << to_string(method);
    EXPECT_FALSE(check_characters(method, "")) << to_string(method);
    EXPECT_FALSE(check_characters(method, "--")) << to_string(method);
  }
  for (const auto method : {CheckDigit::iso7064_mod37_2, CheckDigit::iso7064_mod37_36}) {
    EXPECT_TRUE(check_characters(method, "12A4")) << to_string(method);
    EXPECT_FALSE(check_characters(method, "12a4")) << to_string(method);
    EXPECT_FALSE(check_characters(method, "12*4")) << to_string(method);
  }
}

/// What a check digit is for: one wrong character never goes unseen.
TEST(CheckDigits, SeeEveryWrongCharacter) {
  for (const auto& name : check_digit_names()) {
    const auto method = *check_digit_of(name);
    if (method == CheckDigit::none) continue;
    const std::string payload = "4711083526";
    const auto right = check_characters(method, payload);
    for (std::size_t at = 0; at < payload.size(); ++at)
      for (char other = '0'; other <= '9'; ++other) {
        if (other == payload[at]) continue;
        auto wrong = payload;
        wrong[at] = other;
        EXPECT_NE(check_characters(method, wrong), right) << name << " " << wrong;
      }
  }
}

/// The pure systems of ISO/IEC 7064 and both hybrids see every swap of neighbours; Luhn is known
/// not to see 09 and 90, GS1 misses neighbours that differ by 5.
TEST(CheckDigits, Iso7064SeesSwappedNeighbours) {
  for (const auto method :
       {CheckDigit::iso7064_mod11_2, CheckDigit::iso7064_mod37_2, CheckDigit::iso7064_mod97_10}) {
    const std::string payload = "0916273859";
    for (std::size_t at = 0; at + 1 < payload.size(); ++at) {
      auto swapped = payload;
      std::swap(swapped[at], swapped[at + 1]);
      EXPECT_NE(check_characters(method, swapped), check_characters(method, payload))
          << to_string(method) << " " << swapped;
    }
  }
  EXPECT_EQ(check_characters(CheckDigit::luhn, "1090"), check_characters(CheckDigit::luhn, "1900"));
}

TEST(CheckDigits, HaveNames) {
  for (const auto& name : check_digit_names()) EXPECT_EQ(to_string(*check_digit_of(name)), name);
  EXPECT_FALSE(check_digit_of("mod11"));
  EXPECT_EQ(check_characters(CheckDigit::none, "anything"), "");
}

}  // namespace
}  // namespace plugrig
