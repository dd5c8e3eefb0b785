#include "drivers/modbus/renamed_fault.hpp"

#include <fmt/format.h>

#include <vector>

namespace plugrig::modbus {

Fault renamed(const Fault& fault, std::string_view family, std::string_view device,
              std::string_view bus) {
  static constexpr std::string_view prefix = "modbus.";
  if (!fault.id().starts_with(prefix)) return fault;
  std::vector<Evidence> evidence = fault.evidence();
  evidence.push_back({"bus", std::string(bus)});
  return {fmt::format("{}.{}", family, fault.id().substr(prefix.size())), fault.blame(),
          fmt::format("{}: {}", device, fault.happened()), fault.next(), std::move(evidence)};
}

}  // namespace plugrig::modbus
