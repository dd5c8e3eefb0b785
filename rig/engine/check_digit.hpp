#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plugrig {

/// How the last character of a serial (the last two for mod97_10) guards the others.
enum class CheckDigit : std::uint8_t {
  none,
  luhn,              ///< ISO/IEC 7812-1 Annex B: payment cards, IMEI; digits
  gs1,               ///< GS1 General Specifications 7.9: EAN-13, GTIN, SSCC; digits
  iso7064_mod11_2,   ///< ISO/IEC 7064 pure system; digits, check 0 to 9 or X
  iso7064_mod37_2,   ///< ISO/IEC 7064 pure system; digits and A to Z, check also *
  iso7064_mod97_10,  ///< ISO/IEC 7064 pure system; digits, two check digits
  iso7064_mod11_10,  ///< ISO/IEC 7064 hybrid system; digits
  iso7064_mod37_36,  ///< ISO/IEC 7064 hybrid system; digits and A to Z
};

/// As written in a product file: "none", "luhn", …
std::string_view to_string(CheckDigit method);
std::optional<CheckDigit> check_digit_of(std::string_view name);
std::vector<std::string> check_digit_names();

/// Characters that the method puts behind a text: 0, 1 or 2.
std::size_t check_length(CheckDigit method);

/// What belongs behind `payload`; the separators ' ', '-', '.', '/', '_' and ':' do not count.
/// Empty when `payload` holds a character that the method does not know, or nothing at all.
/// `CheckDigit::none` gives an empty text.
std::optional<std::string> check_characters(CheckDigit method, std::string_view payload);

}  // namespace plugrig
