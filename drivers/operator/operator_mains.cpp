#include "drivers/operator/operator_mains.hpp"

#include <utility>

#include "rig/core/fault.hpp"

namespace plugrig::person {
namespace {

OperatorPrompt question(const std::string& slot, std::string text) {
  return {.slot = slot, .text = std::move(text), .unit = {}, .low = {}, .high = {}};
}

/// Asks for yes or no where a no is an answer and not a fault.
bool says_yes(Operator& person, const OperatorPrompt& prompt, const Deadline& deadline) {
  try {
    person.confirm(prompt, deadline);
    return true;
  } catch (const Fault& fault) {
    if (fault.id() != "operator.refused") throw;
    return false;
  }
}

}  // namespace

OperatorSwitch::OperatorSwitch(Operator& person, std::string slot)
    : person_(person), slot_(std::move(slot)) {}

void OperatorSwitch::set(bool on, const Deadline& deadline) {
  if (on_ == on) return;
  on_.reset();
  person_.confirm(question(slot_, on ? "Plug the unit into mains. Done?"
                                     : "Unplug the unit from mains. Is it unplugged?"),
                  deadline);
  on_ = on;
}

bool OperatorSwitch::reads_on(const Deadline& deadline) {
  if (!on_) {
    on_ = !says_yes(person_, question(slot_, "Is the unit unplugged from mains?"), deadline);
  }
  return *on_;
}

OperatorInput::OperatorInput(Operator& person, Clock& clock, OperatorInputOptions options)
    : person_(person), clock_(clock), options_(std::move(options)) {}

bool OperatorInput::closed(const Deadline& deadline) {
  const auto known_for = age();
  if (known_for && *known_for < options_.valid_for) return closed_;
  answered_at_.reset();
  closed_ = says_yes(person_, question(options_.slot, options_.question), deadline);
  answered_at_ = clock_.now();
  return closed_;
}

std::optional<Duration> OperatorInput::age() const {
  if (!answered_at_) return std::nullopt;
  return clock_.now() - *answered_at_;
}

}  // namespace plugrig::person
