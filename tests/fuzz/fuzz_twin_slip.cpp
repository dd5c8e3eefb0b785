#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "fixtures/twin/chip/slip.hpp"

// The simulated ROM's SLIP receiver: whatever comes, a frame is never empty and never beyond the
// packet buffer, and after any prefix a well-formed frame is received as it was sent.

namespace {

using plugrig::twin::SlipReceiver;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Reader {
  SlipReceiver slip;
  std::vector<std::uint8_t> frame;  ///< so far

  /// The last complete frame in `bytes`.
  std::vector<std::uint8_t> feed(const std::vector<std::uint8_t>& bytes) {
    std::vector<std::uint8_t> last;
    for (const std::uint8_t byte : bytes) {
      const SlipReceiver::Event event = slip.feed(byte);
      if (event == SlipReceiver::Event::data) frame.push_back(slip.value());
      require(slip.length() <= SlipReceiver::kLimit);
      if (event == SlipReceiver::Event::nothing) continue;
      require(!frame.empty() && slip.length() == frame.size());
      if (event == SlipReceiver::Event::frame) last = std::exchange(frame, {});
    }
    return last;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::uint8_t> input(data, data + size);
  Reader dirty;
  dirty.feed(input);

  if (size == 0 || size > SlipReceiver::kLimit) return 0;
  Reader clean;
  require(clean.feed(plugrig::twin::slip_frame(input)) == input);
  // A byte and two delimiters bring a receiver in any state to the place in front of a frame.
  dirty.feed({0x00, 0xC0, 0xC0});
  require(dirty.feed(plugrig::twin::slip_frame(input)) == input);
  return 0;
}
