// Reads a meter or switches a board with the rig's own drivers and prints what it saw, one line a
// value: modbus_probe rtu DEVICE BAUD | tcp HOST PORT, then UNIT PROFILE.yaml.

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "drivers/modbus/board.hpp"
#include "drivers/modbus/meter.hpp"
#include "drivers/modbus/rtu_port.hpp"
#include "drivers/modbus/tcp_port.hpp"

namespace {

using namespace plugrig;
using namespace plugrig::modbus;
using namespace std::chrono_literals;

void print(const char* name, const std::optional<double>& value) {
  if (value) {
    std::printf("%s %.6g\n", name, *value);
  } else {
    std::printf("%s none\n", name);
  }
}

void read_meter(PowerMeter& meter, Clock& clock) {
  const PowerReading reading = meter.read({clock.now() + 3s, {}});
  print("voltage_V", reading.voltage_V);
  print("current_A", reading.current_A);
  print("power_W", reading.power_W);
  print("frequency_Hz", reading.frequency_Hz);
}

void drive_board(RelayBoard& board, Clock& clock) {
  const auto soon = [&] { return Deadline{clock.now() + 3s, {}}; };
  const auto state = [&] {
    std::string text;
    for (int relay = 1; relay <= board.relays(); ++relay)
      text += board.reads_on(relay, soon()) ? '1' : '0';
    return text;
  };
  board.set(1, true, soon());
  board.set(3, true, soon());
  std::printf("on %s\n", state().c_str());
  board.set(1, false, soon());
  std::printf("one_off %s\n", state().c_str());
  board.all_off(soon());
  std::printf("all_off %s\n", state().c_str());
  for (int input = 1; input <= board.inputs(); ++input)
    std::printf("input%d %d\n", input, board.input_closed(input, soon()) ? 1 : 0);
}

std::unique_ptr<ModbusPort> open(const std::vector<std::string>& words, Clock& clock) {
  if (words[0] == "rtu") {
    return std::make_unique<RtuPort>(
        clock, RtuOptions{.device = words[1], .baud = std::atoi(words[2].c_str())});
  }
  return std::make_unique<TcpPort>(
      clock, TcpOptions{.host = words[1],
                        .port = static_cast<std::uint16_t>(std::atoi(words[2].c_str()))});
}

int run(const std::vector<std::string>& words) {
  const auto clock = make_real_clock();
  ModbusBus bus(*clock, open(words, *clock), {.name = "peer"});
  const auto unit = static_cast<std::uint8_t>(std::atoi(words[3].c_str()));
  Problems problems;
  const std::string kind = profile_kind(words[4], problems);
  if (kind == "meter") {
    read_meter(*make_meter(load_meter_profile(words[4], problems), {.name = "peer", .unit = unit},
                           bus, *clock),
               *clock);
  } else if (kind == "board") {
    drive_board(
        *make_relay_board(load_board_profile(words[4], problems), "peer", unit, bus, *clock),
        *clock);
  }
  if (!problems.any_error()) return 0;
  std::fprintf(stderr, "%s", problems.render().c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  try {
    return run({argv + 1, argv + argc});
  } catch (const plugrig::Fault& fault) {
    std::printf("fault %s\n", fault.id().c_str());
    return 1;
  }
}
