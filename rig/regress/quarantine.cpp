#include "rig/regress/quarantine.hpp"

#include <algorithm>

#include "rig/regress/margins.hpp"

namespace plugrig::regress {

bool expired(const Quarantine& entry, std::string_view today) {
  return std::string_view(entry.expires) < today;  // ISO dates sort as text
}

const Quarantine* quarantine_of(std::span<const Quarantine> entries, Quarantine::What what,
                                std::string_view name, std::string_view today) {
  const auto found = std::ranges::find_if(entries, [&](const Quarantine& entry) {
    return entry.what == what && pattern_fits(entry.pattern, name) && !expired(entry, today);
  });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace plugrig::regress
