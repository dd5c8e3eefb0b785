#include "rig/engine/check_digit.hpp"

#include <algorithm>
#include <array>

namespace plugrig {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*";
constexpr std::string_view kSeparators = " -./_:";

struct Method {
  CheckDigit method;
  std::string_view name;
  int characters;  ///< the payload is made of the first of the alphabet
  std::size_t length;
};
constexpr std::array<Method, 8> methods{{
    {CheckDigit::none, "none", 0, 0},
    {CheckDigit::luhn, "luhn", 10, 1},
    {CheckDigit::gs1, "gs1", 10, 1},
    {CheckDigit::iso7064_mod11_2, "iso7064_mod11_2", 10, 1},
    {CheckDigit::iso7064_mod37_2, "iso7064_mod37_2", 36, 1},
    {CheckDigit::iso7064_mod97_10, "iso7064_mod97_10", 10, 2},
    {CheckDigit::iso7064_mod11_10, "iso7064_mod11_10", 10, 1},
    {CheckDigit::iso7064_mod37_36, "iso7064_mod37_36", 36, 1},
}};

const Method& facts_of(CheckDigit method) {
  return *std::find_if(methods.begin(), methods.end(),
                       [&](const Method& m) { return m.method == method; });
}

using Values = std::vector<int>;

std::optional<Values> values_of(std::string_view payload, int characters) {
  Values values;
  for (const char c : payload) {
    if (kSeparators.find(c) != std::string_view::npos) continue;
    const auto value = kAlphabet.find(c);
    if (value >= static_cast<std::size_t>(characters)) return std::nullopt;
    values.push_back(static_cast<int>(value));
  }
  if (values.empty()) return std::nullopt;
  return values;
}

/// From the right, every second digit is doubled, beginning with the last; digits of a product are
/// added.
int luhn(const Values& values) {
  int sum = 0;
  bool twice = true;
  for (auto value = values.rbegin(); value != values.rend(); ++value, twice = !twice) {
    const int product = twice ? 2 * *value : *value;
    sum += product / 10 + product % 10;
  }
  return (10 - sum % 10) % 10;
}

/// From the right, weights 3 and 1 in turn.
int gs1(const Values& values) {
  int sum = 0;
  int weight = 3;
  for (auto value = values.rbegin(); value != values.rend(); ++value, weight = 4 - weight)
    sum += weight * *value;
  return (10 - sum % 10) % 10;
}

/// Pure system with one check character: the whole is 1 modulo `modulus`.
int pure(const Values& values, int modulus, int radix) {
  int sum = 0;
  for (const int value : values) sum = (sum + value) * radix % modulus;
  return (modulus + 1 - sum) % modulus;
}

/// Pure system with two check digits.
int mod97_10(const Values& values) {
  int sum = 0;
  for (const int value : values) sum = (sum * 10 + value) % 97;
  return 98 - sum * 100 % 97;
}

/// Hybrid system: modulo `characters` and `characters` + 1 in turn.
int hybrid(const Values& values, int characters) {
  int product = characters;
  for (const int value : values) {
    int sum = (product + value) % characters;
    if (sum == 0) sum = characters;
    product = sum * 2 % (characters + 1);
  }
  return (characters + 1 - product) % characters;
}

std::string shown(int value, CheckDigit method) {
  if (method == CheckDigit::iso7064_mod97_10)
    return {static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
  if (method == CheckDigit::iso7064_mod11_2 && value == 10) return "X";
  return {kAlphabet[static_cast<std::size_t>(value)]};
}

}  // namespace

std::string_view to_string(CheckDigit method) { return facts_of(method).name; }

std::optional<CheckDigit> check_digit_of(std::string_view name) {
  const auto* found =
      std::find_if(methods.begin(), methods.end(), [&](const Method& m) { return m.name == name; });
  if (found == methods.end()) return std::nullopt;
  return found->method;
}

std::vector<std::string> check_digit_names() {
  std::vector<std::string> names;
  names.reserve(methods.size());
  for (const Method& method : methods) names.emplace_back(method.name);
  return names;
}

std::size_t check_length(CheckDigit method) { return facts_of(method).length; }

std::optional<std::string> check_characters(CheckDigit method, std::string_view payload) {
  if (method == CheckDigit::none) return std::string();
  const auto values = values_of(payload, facts_of(method).characters);
  if (!values) return std::nullopt;
  switch (method) {
    case CheckDigit::luhn:
      return shown(luhn(*values), method);
    case CheckDigit::gs1:
      return shown(gs1(*values), method);
    case CheckDigit::iso7064_mod11_2:
      return shown(pure(*values, 11, 2), method);
    case CheckDigit::iso7064_mod37_2:
      return shown(pure(*values, 37, 2), method);
    case CheckDigit::iso7064_mod97_10:
      return shown(mod97_10(*values), method);
    case CheckDigit::iso7064_mod11_10:
      return shown(hybrid(*values, 10), method);
    case CheckDigit::iso7064_mod37_36:
      return shown(hybrid(*values, 36), method);
    case CheckDigit::none:
      break;
  }
  return std::string();
}

}  // namespace plugrig
