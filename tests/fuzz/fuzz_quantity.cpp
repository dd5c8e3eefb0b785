// Quantities: any text is read or refused with a reason, and what is read can be printed and read
// back as the same value.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "rig/core/unit_table.hpp"

namespace {

void require(bool condition, const std::string& what) {
  if (condition) return;
  std::fprintf(stderr, "broken: %s\n", what.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plugrig;
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const Unit& unit : unit_table()) {
    for (const auto& parsed :
         {parse_quantity(text, unit.dimension), parse_tolerance(text, unit.dimension)}) {
      if (const auto* error = std::get_if<QuantityError>(&parsed)) {
        require(!error->message.empty(), "refused without a reason");
        continue;
      }
      const double value = std::get<double>(parsed);
      require(std::isfinite(value), "not finite: " + text);
      const std::string printed = print_quantity(value, unit.dimension);
      const auto again = parse_quantity(printed, unit.dimension);
      require(std::holds_alternative<double>(again) && std::get<double>(again) == value,
              printed + " is not read back");
    }
  }
  return 0;
}
