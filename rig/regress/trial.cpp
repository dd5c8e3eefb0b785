#include "rig/regress/trial.hpp"

namespace plugrig::regress {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed:
      return "passed";
    case Outcome::unit_failed:
      return "unit_failed";
    case Outcome::rig_fault:
      return "rig_fault";
    case Outcome::aborted:
      return "aborted";
  }
  return "unknown";
}

}  // namespace plugrig::regress
