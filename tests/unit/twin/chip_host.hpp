#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fixtures/twin/twin_slot.hpp"

namespace plugrig::twin::test {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

/// "0a1bff" and blanks.
Bytes hex(std::string_view text);
std::string hex(const Bytes& bytes);
Bytes words(std::initializer_list<std::uint32_t> values);
Bytes join(std::initializer_list<Bytes> parts);

/// A request of the download protocol without delimiters. The checksum is filled in when
/// `checksummed` bytes are given: those behind the 16-byte sub-header.
Bytes request(std::uint8_t op, const Bytes& data, std::uint32_t checksum = 0);
Bytes data_request(std::uint8_t op, std::uint32_t sequence, const Bytes& payload);
std::uint32_t checksum(const Bytes& payload);
extern const Bytes kStandardSync;

/// A host at one slot, in twin time: lines, bytes, frames.
class Host {
 public:
  explicit Host(TwinSlot& slot) : slot_(slot) {}

  std::uint32_t baud = 115200;

  /// Reset with the strap held, as the slot's wiring does it, both lines in one request.
  void enter_loader();
  /// Reset with the strap released.
  void start_application();
  /// Text of the next `time` as a receiver at `bit_per_s` sees it.
  std::string text(Duration time, std::uint32_t bit_per_s);

  void send(const Bytes& bytes);
  void send_frame(const Bytes& payload);
  /// The next frame from the chip within `time`.
  std::optional<Bytes> frame(Duration time = 500ms);
  /// The frames that come until nothing has come for `quiet`.
  std::vector<std::string> answers(const Bytes& payload, Duration quiet = 30ms);
  /// SYNC until it is answered; empties the line. False after five tries.
  bool sync();
  void drain(Duration quiet = 20ms);

 private:
  std::optional<std::uint8_t> byte(Duration limit);

  TwinSlot& slot_;
};

bench::Wiring wiring(bench::Circuit circuit = bench::Circuit::two_transistor,
                     Duration reset_capacitor = 2ms);
TwinSlotOptions options(std::uint64_t seed = 1);

}  // namespace plugrig::twin::test
