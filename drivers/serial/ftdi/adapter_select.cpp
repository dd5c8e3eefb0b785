#include <algorithm>
#include <functional>

#include "drivers/serial/ftdi/adapter_faults.hpp"
#include "drivers/serial/ftdi/adapters.hpp"

namespace plugrig::ftdi {

namespace {

using Adapters = std::vector<AdapterInfo>;

/// One thing that a bench file may say of an adapter.
struct Criterion {
  bool stated;
  std::function<bool(const AdapterInfo&)> fits;
};

/// What is stated of the adapter's identity, strongest first.
std::vector<Criterion> criteria(const AdapterWanted& wanted) {
  return {{!wanted.serial.empty(), [&](const AdapterInfo& a) { return a.serial == wanted.serial; }},
          {!wanted.path.empty(), [&](const AdapterInfo& a) { return a.path == wanted.path; }},
          {!wanted.description.empty(),
           [&](const AdapterInfo& a) { return a.description == wanted.description; }},
          {wanted.chip.has_value(), [&](const AdapterInfo& a) { return a.chip == wanted.chip; }}};
}

Adapters only(const Adapters& adapters, const std::function<bool(const AdapterInfo&)>& fits) {
  Adapters fitting;
  std::copy_if(adapters.begin(), adapters.end(), std::back_inserter(fitting), fits);
  return fitting;
}

/// The strongest criterion that is stated decides; weaker ones only choose among equals (a serial
/// number stays right when the adapter moves to another socket).
Adapters fitting(const Adapters& attached, const AdapterWanted& wanted) {
  Adapters left = attached;
  bool decided = false;
  for (const Criterion& criterion : criteria(wanted)) {
    if (!criterion.stated || (decided && left.size() <= 1)) continue;
    const Adapters narrowed = only(left, criterion.fits);
    if (!decided || !narrowed.empty()) left = narrowed;
    decided = true;
  }
  return left;
}

/// An adapter that may not be opened and hides its names could be the one.
const AdapterInfo* hidden(const Adapters& attached, const AdapterWanted& wanted) {
  const auto found =
      std::find_if(attached.begin(), attached.end(), [&wanted](const AdapterInfo& a) {
        const bool nameless = wanted.serial.empty() ? a.description.empty() : a.serial.empty();
        const bool by_name = !wanted.serial.empty() || !wanted.description.empty();
        return by_name && !a.permitted && nameless && (!wanted.chip || a.chip == wanted.chip);
      });
  return found == attached.end() ? nullptr : &*found;
}

}  // namespace

AdapterInfo select_adapter(const Adapters& attached, const AdapterWanted& wanted) {
  const Adapters found = fitting(attached, wanted);
  if (found.empty()) {
    const AdapterInfo* shy = hidden(attached, wanted);
    if (shy != nullptr) throw permission_fault(wanted.name, *shy);
    throw missing_fault(wanted, attached);
  }
  if (found.size() > 1) throw ambiguous_fault(wanted, found);
  const AdapterInfo& adapter = found.front();
  if (!adapter.chip) throw unknown_chip_fault(wanted.name, adapter);
  if (wanted.chip && *wanted.chip != *adapter.chip) throw wrong_chip_fault(wanted, adapter);
  if (!adapter.permitted) throw permission_fault(wanted.name, adapter);
  return adapter;
}

}  // namespace plugrig::ftdi
