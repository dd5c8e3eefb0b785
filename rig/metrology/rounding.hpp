#pragma once

#include <string>

namespace plugrig::metrology {

/// How an uncertainty is cut to two significant digits, for display only.
enum class RoundingRule : unsigned char {
  ea_4_02,  ///< nearest, but up when nearest would lower U by more than 5 % (EA-4/02 6.3)
  gum,  ///< nearest, but up when nearest would lower U by more than 1 % (GUM 7.2.6: 10.47 → 11)
};

/// An uncertainty and its value as text, with the same number of decimals; decimal point whatever
/// the locale.
struct RoundedText {
  std::string value;
  std::string uncertainty;
  int decimals = 0;  ///< below 0: rounded to tens, hundreds, …
};

/// `uncertainty` to two significant digits, `value` to the same place. An uncertainty that is 0 or
/// no number gives std::domain_error. Never feed the result back into a calculation or a decision.
RoundedText rounded(double value, double uncertainty, RoundingRule rule = RoundingRule::ea_4_02);

}  // namespace plugrig::metrology
