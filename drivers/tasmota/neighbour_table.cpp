#include "drivers/tasmota/neighbour_table.hpp"

#include <cstdlib>
#include <sstream>

#include "drivers/tasmota/identity.hpp"

namespace plugrig::tasmota {

std::optional<std::string> find_neighbour(std::string_view table, std::string_view mac) {
  constexpr unsigned long complete = 0x2;  // ATF_COM
  const auto wanted = normalised_mac(mac);
  if (!wanted) return std::nullopt;
  std::istringstream lines{std::string(table)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream columns(line);
    std::string address;
    std::string type;
    std::string flags;
    std::string hardware;
    if (!(columns >> address >> type >> flags >> hardware)) continue;
    const bool known = (std::strtoul(flags.c_str(), nullptr, 16) & complete) != 0;
    if (known && normalised_mac(hardware) == wanted) return address;
  }
  return std::nullopt;
}

}  // namespace plugrig::tasmota
