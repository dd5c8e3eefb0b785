#include "rig/core/fault.hpp"

#include <array>
#include <utility>

namespace plugrig {

std::string_view to_string(Blame blame) {
  static constexpr std::array<std::string_view, 8> names{
      "unit", "contact", "fixture", "instrument", "host", "operator", "config", "software"};
  return names.at(static_cast<std::size_t>(blame));
}

Fault::Fault(std::string id, Blame blame, std::string what_happened, std::string next,
             std::vector<Evidence> evidence)
    : id_(std::move(id)),
      blame_(blame),
      happened_(std::move(what_happened)),
      next_(std::move(next)),
      evidence_(std::move(evidence)),
      text_(id_ + " (" + std::string(to_string(blame_)) + "): " + happened_ + " Next: " + next_) {}

Fault& Fault::add(Evidence evidence) {
  evidence_.push_back(std::move(evidence));
  return *this;
}

}  // namespace plugrig
