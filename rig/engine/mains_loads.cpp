#include "rig/engine/mains_loads.hpp"

#include <limits>

namespace plugrig::mains {
namespace {

/// While elements change over, any of them may be on.
constexpr double kAnything_W = std::numeric_limits<double>::infinity();

}  // namespace

void NotedBank::apply(const LoadSetting& setting, const Deadline& deadline) {
  note_(kAnything_W);
  bank_.apply(setting, deadline);
  note_(setting.nominal_W);
}

void NotedBank::off(const Deadline& deadline) {
  bank_.off(deadline);
  note_(0);
}

std::optional<std::size_t> Loads::wrap(LoadBank* bank) {
  if (bank == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < banks_.size(); ++i) {
    if (banks_[i]->behind() == bank) return i;
  }
  const std::size_t number = banks_.size();
  banks_.push_back(
      std::make_unique<NotedBank>(*bank, [this, number](double load_W) { note_(number, load_W); }));
  return number;
}

}  // namespace plugrig::mains
