#include <array>
#include <utility>

#include "rig/metrology/point_result.hpp"

namespace plugrig::metrology {

std::string_view to_string(Distribution distribution) {
  switch (distribution) {
    case Distribution::normal:
      return "normal";
    case Distribution::rectangular:
      return "rectangular";
    case Distribution::triangular:
      return "triangular";
    case Distribution::u_shaped:
      return "u_shaped";
  }
  return "unknown";
}

std::string_view to_string(DecisionRule rule) {
  switch (rule) {
    case DecisionRule::simple:
      return "simple";
    case DecisionRule::guard_band:
      return "guard_band";
  }
  return "unknown";
}

std::string_view to_string(Decision decision) {
  switch (decision) {
    case Decision::pass:
      return "pass";
    case Decision::conditional_pass:
      return "conditional_pass";
    case Decision::conditional_fail:
      return "conditional_fail";
    case Decision::fail:
      return "fail";
    case Decision::none:
      return "none";
  }
  return "unknown";
}

}  // namespace plugrig::metrology
