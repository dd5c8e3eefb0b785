// Whatever a unit prints after reset, or noise in its place: the parser takes it, and says nothing
// that is not there.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "drivers/esp/boot_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace plugrig::esp;
  const std::span<const std::uint8_t> input(bytes, size);
  const BootText text = parse_boot_text(input);
  const std::string_view raw(reinterpret_cast<const char*>(bytes), size);
  if (!text.lines.empty() && raw.find("rst cause:") == std::string_view::npos) std::abort();
  if (text.garbage && !text.lines.empty()) std::abort();
  if (text.printable.size() > 2000) std::abort();
  for (const BootLine& line : text.lines)
    if (line.reset_cause < -1 || line.boot_mode < -1 || reset_cause_text(line.reset_cause).empty())
      std::abort();
  if (looks_like_slower_text(input) && size < 24) std::abort();
  return 0;
}
