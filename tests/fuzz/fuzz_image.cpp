#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "drivers/esp/image.hpp"
#include "rig/core/fault.hpp"

// A file somebody calls firmware. Oracles: the check ends in acceptance or in a Fault that blames
// the file; what is accepted lies within the file; a patch changes bytes 2 and 3 and nothing else.

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plugrig;
  const std::span file(data, size);
  try {
    esp::check_image(file, {.esp8285 = size % 2 == 0, .flash_bytes = 0x100000});
    const esp::Image image = esp::parse_image(file, 0);
    require(image.end <= size && !image.segments.empty());
    for (const auto& segment : image.segments) {
      require(std::uint64_t{segment.file_offset} + segment.length <= size);
    }
  } catch (const Fault& fault) {
    require(fault.blame() == Blame::config);
    require(fault.id().starts_with("image.") && !fault.next().empty());
  }
  const auto patched = esp::patch_header(file, {FlashMode::dout, 0x100000, 40});
  require(patched.size() == size);
  for (std::size_t at = 0; at < size; ++at) {
    require(patched[at] == data[at] || ((at == 2 || at == 3) && data[0] == 0xE9));
  }
  return 0;
}
