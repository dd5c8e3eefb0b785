// Requests of a hostile or broken master at each simulated meter and board. The first byte chooses
// the device; then a byte of time, a byte of length and so many bytes of PDU, until they end.
// Every answer has the shape that its function prescribes, contacts exist, time goes on.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fixtures/twin/modbus/instrument.hpp"

namespace {

using namespace plugrig;
using namespace plugrig::twin;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t longest_pdu = 253;
constexpr std::uint8_t exception_bit = 0x80;
constexpr std::uint8_t reset_energy = 0x42;  ///< answered by the function alone

class SteadyMains final : public MeterInput {
 public:
  Terminals mean(Duration from, Duration to) override {
    if (from > to) std::abort();
    return {.voltage_V = 230, .current_A = 5, .power_W = 1150, .frequency_Hz = 50};
  }
};

class Wires final : public BoardWires {
 public:
  void contact(int relay, bool /*closed*/, Duration now) override {
    if (relay < 1 || relay > 16 || now < last_) std::abort();
    last_ = now;
  }
  bool input_closed(int input, Duration /*now*/) override {
    if (input < 1 || input > 16) std::abort();
    return input % 2 == 0;
  }

 private:
  Duration last_{};
};

void check_read(const Bytes& request, const Bytes& answer) {
  if (answer[1] != answer.size() - 2 || request.size() != 5) std::abort();
  const std::size_t count = std::size_t{request[3]} << 8U | request[4];
  const bool bits = request[0] <= 2;
  if (answer[1] != (bits ? (count + 7) / 8 : 2 * count)) std::abort();
}

void check_answer(const Bytes& request, const BusAnswer& answer) {
  const auto& pdu = answer.pdu;
  if (pdu.empty() || pdu.size() > longest_pdu || request.empty()) std::abort();
  if (answer.unit != 1 || answer.cut != 0 || answer.corrupted) std::abort();
  if (pdu[0] == (request[0] | exception_bit)) {
    if (pdu.size() != 2 || pdu[1] == 0) std::abort();
    return;
  }
  if (pdu[0] != request[0]) std::abort();
  if (pdu.size() == 1 && pdu[0] != reset_energy) std::abort();
  if (pdu[0] >= 1 && pdu[0] <= 4) check_read(request, pdu);
  // Functions 05, 06, 0F and 10 echo address and value or count.
  const bool echoes = pdu[0] == 5 || pdu[0] == 6 || pdu[0] == 15 || pdu[0] == 16;
  if (echoes && (pdu.size() != 5 || !std::equal(pdu.begin(), pdu.begin() + 3, request.begin())))
    std::abort();
}

void serve(InstrumentBus& bus, std::span<const std::uint8_t> input) {
  Duration now = std::chrono::seconds{1};
  while (input.size() >= 2) {
    now += std::chrono::milliseconds{1} * input[0] * input[0];
    const auto length = std::min<std::size_t>(input[1], input.size() - 2);
    const auto part = input.subspan(2, length);
    input = input.subspan(2 + length);
    const Bytes request(part.begin(), part.end());
    const bool broadcast = length % 8 == 7;
    const auto answer = bus.request(broadcast ? 0 : 1, request, now);
    if (broadcast && answer) std::abort();
    if (answer) check_answer(request, *answer);
    bus.advance(now);
    if (bus.next_event() <= now) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  static const auto meters = meter_models();
  static const auto boards = board_models();
  const std::size_t which = bytes[0] % (meters.size() + boards.size());
  SteadyMains mains;
  Wires wires;
  const auto bus = make_instrument_bus(1);
  InstrumentOptions options;
  options.name = "device";
  if (which < meters.size()) {
    options.model = meters[which];
    bus->add_meter(options, mains);
  } else {
    options.model = boards[which - meters.size()];
    bus->add_board(options, wires);
  }
  serve(*bus, {bytes + 1, size - 1});
  return 0;
}
