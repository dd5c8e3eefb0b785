// Characters at any pace: what a scanner sent is a scan or nothing, and never a row of keys.
// Input: pairs of pause (2 ms each) and character; a pause of 255 begins or ends the typing of a
// serial.
#include <cstdint>
#include <cstdlib>
#include <variant>

#include "drivers/operator/wedge.hpp"

namespace {

using namespace plugrig;
using namespace plugrig::person;

bool printable(const std::string& text) {
  for (const char c : text)
    if (c < ' ' || c > '~') return false;
  return !text.empty();
}

void check(const std::vector<WedgeEvent>& events, Instant at, Instant& last_key) {
  for (const auto& event : events) {
    if (const auto* scan = std::get_if<Scan>(&event)) {
      if (!printable(scan->text) || scan->text.size() > 128) std::abort();
      if (scan->text.front() == ' ' || scan->text.back() == ' ') std::abort();
    } else if (const auto* key = std::get_if<Key>(&event)) {
      if (static_cast<unsigned char>(key->character) >= 0x80) std::abort();
      if (key->character == '\n' || key->character == '\t') continue;
      // Two keys of a person are further apart than a scanner's characters.
      if (at - last_key <= WedgeOptions{}.gap) std::abort();
      last_key = at;
    } else if (!printable(std::get<BrokenScan>(event).text)) {
      std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Wedge wedge;
  Instant now{std::chrono::seconds{1}};
  Instant last_key{};
  for (std::size_t i = 0; i + 1 < size; i += 2) {
    if (bytes[i] == 255) {
      if (wedge.entering()) {
        wedge.cancel_entry();
      } else {
        wedge.begin_entry();
      }
      continue;
    }
    now += std::chrono::milliseconds{2 * bytes[i]};
    check(wedge.pass(now), now, last_key);
    const char c = static_cast<char>(bytes[i + 1]);
    check(wedge.take({&c, 1}, now), now, last_key);
    if (wedge.entry().size() > 128) std::abort();
  }
  now += std::chrono::seconds{1};
  check(wedge.pass(now), now, last_key);
  if (wedge.due()) std::abort();
  return 0;
}
