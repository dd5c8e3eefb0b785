// Bytes of a hostile or broken master at the twin's Modbus servers: what is found does not depend
// on how the stream was cut, nothing is made up, and only what has the right check sum is a frame.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "fixtures/twin/net/mbap_frame.hpp"
#include "fixtures/twin/net/rtu_frame.hpp"

namespace {

using namespace plugrig::twin;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t longest_pdu = 253;

struct Stream {
  std::vector<MbapRequest> requests;
  bool broken = false;
};

/// The requests as a server finds them whose client's bytes arrive in such pieces.
Stream read(std::span<const std::uint8_t> bytes, std::size_t piece) {
  Stream stream;
  Bytes in;
  while (!bytes.empty() && !stream.broken) {
    const auto part = bytes.first(std::min(piece, bytes.size()));
    bytes = bytes.subspan(part.size());
    in.insert(in.end(), part.begin(), part.end());
    for (auto front = parse_mbap(in); front.request; front = parse_mbap(in)) {
      if (front.broken || front.length > in.size()) std::abort();
      if (front.request->pdu.empty() || front.request->pdu.size() > longest_pdu) std::abort();
      stream.requests.push_back(*std::move(front.request));
      in.erase(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(front.length));
    }
    stream.broken = parse_mbap(in).broken;
  }
  return stream;
}

bool same(const MbapRequest& a, const MbapRequest& b) {
  return a.transaction == b.transaction && a.unit == b.unit && a.pdu == b.pdu;
}

void check_tcp(std::span<const std::uint8_t> input) {
  const auto whole = read(input, SIZE_MAX);
  for (const std::size_t piece : {1U, 5U, 7U}) {
    const auto cut = read(input, piece);
    if (cut.broken != whole.broken) std::abort();
    if (!std::equal(cut.requests.begin(), cut.requests.end(), whole.requests.begin(),
                    whole.requests.end(), same))
      std::abort();
  }
  std::size_t at = 0;
  for (const auto& request : whole.requests) {
    const auto frame = mbap_frame(request.transaction, {.unit = request.unit, .pdu = request.pdu});
    if (at + frame.size() > input.size()) std::abort();
    if (!std::equal(frame.begin(), frame.end(), input.begin() + static_cast<std::ptrdiff_t>(at)))
      std::abort();
    at += frame.size();
  }
}

void check_rtu(std::span<const std::uint8_t> input) {
  if (const auto request = parse_rtu(input)) {
    const auto frame = rtu_frame(request->unit, request->pdu);
    if (!std::equal(frame.begin(), frame.end(), input.begin(), input.end())) std::abort();
  }
  if (input.size() < 2 || input.size() > longest_pdu + 1) return;
  const auto frame = rtu_frame(input[0], input.subspan(1));
  const auto request = parse_rtu(frame);
  if (!request || request->unit != input[0]) std::abort();
  if (!std::equal(request->pdu.begin(), request->pdu.end(), input.begin() + 1, input.end()))
    std::abort();
  auto damaged = frame;
  damaged[input[0] % damaged.size()] ^= static_cast<std::uint8_t>(1U << input[1] % 8U);
  if (parse_rtu(damaged)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  check_tcp({bytes, size});
  check_rtu({bytes, size});
  return 0;
}
