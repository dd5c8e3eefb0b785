#include <stdexcept>
#include <utility>

#include "rig/engine/step.hpp"

namespace plugrig {

void StepRegistry::add(StepType type) {
  std::string name = type.name;
  if (!types_.try_emplace(name, std::move(type)).second) {
    throw std::logic_error("step '" + name + "' is registered twice");
  }
}

const StepType* StepRegistry::find(std::string_view name) const {
  const auto found = types_.find(name);
  return found == types_.end() ? nullptr : &found->second;
}

std::vector<std::string> StepRegistry::names() const {
  std::vector<std::string> names;
  names.reserve(types_.size());
  for (const auto& [name, type] : types_) names.push_back(name);
  return names;
}

}  // namespace plugrig
