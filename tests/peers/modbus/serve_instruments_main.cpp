// Simulated instruments with constant values at the meters, for Modbus masters in other languages:
// at LINK (a pty) and on a TCP port an SDM230 (unit 1), a PZEM-016 (unit 3), a Waveshare board
// (unit 2) and an R4D8 board (unit 4); on a second TCP port a WT310E (unit 1). Prints "tcp N",
// "wattmeter N", "pty PATH"; then says "relay BOARD NUMBER on|off" whenever a contact changes,
// until its stdin ends.
//
//   serve_instruments LINK
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "fixtures/twin/net/modbus_rtu_pty.hpp"
#include "fixtures/twin/net/modbus_tcp_server.hpp"

namespace {

using namespace plugrig;

class ConstantInput final : public twin::MeterInput {
 public:
  twin::Terminals mean(Duration /*from*/, Duration /*to*/) override {
    return {230.2, 4.35, 1001.3, 50.01};
  }
};

/// Says what the contacts do; input 2 is closed.
class TellingWires final : public twin::BoardWires {
 public:
  explicit TellingWires(std::string board) : board_(std::move(board)) {}
  void contact(int relay, bool closed, Duration /*now*/) override {
    std::cout << "relay " << board_ << ' ' << relay << ' ' << (closed ? "on" : "off") << std::endl;
  }
  bool input_closed(int input, Duration /*now*/) override { return input == 2; }

 private:
  std::string board_;
};

/// A bus that several servers may use, moved on every 20 ms.
class SharedBus {
 public:
  twin::InstrumentBus& bus() { return *bus_; }
  twin::BusExchange exchange() {
    return [this](std::uint8_t unit, const std::vector<std::uint8_t>& pdu, Duration now) {
      const std::scoped_lock lock(mutex_);
      return bus_->request(unit, pdu, now);
    };
  }
  void advance(Duration now) {
    const std::scoped_lock lock(mutex_);
    bus_->advance(now);
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<twin::InstrumentBus> bus_ = twin::make_instrument_bus(1);
};

twin::InstrumentOptions instrument(std::string name, std::string model, std::uint8_t unit) {
  return {.name = std::move(name),
          .model = std::move(model),
          .unit = unit,
          .seed = 1,
          .ideal = true,
          .faults = {}};
}

void pace(SharedBus& bus, Clock& clock, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    bus.advance(clock.now().time_since_epoch());
    clock.wait({}, {clock.now() + std::chrono::milliseconds{20}, stop});
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: serve_instruments LINK\n";
    return 2;
  }
  const auto clock = make_real_clock();
  ConstantInput input;
  TellingWires waveshare("waveshare");
  TellingWires r4d8("r4d8");
  SharedBus line;
  line.bus().add_meter(instrument("sdm230", "eastron-sdm230", 1), input);
  line.bus().add_board(instrument("waveshare", "waveshare-relay-8", 2), waveshare);
  line.bus().add_meter(instrument("pzem", "pzem-016", 3), input);
  line.bus().add_board(instrument("r4d8", "r4d8-relay-8", 4), r4d8);
  SharedBus lan;
  lan.bus().add_meter(instrument("wt310e", "yokogawa-wt310e", 1), input);

  twin::ModbusTcpServer tcp(line.exchange(), *clock, 0);
  twin::ModbusTcpServer wattmeter(lan.exchange(), *clock, 0);
  twin::ModbusRtuPty pty(line.exchange(), *clock, argv[1], {.bit_per_s = 9600});
  std::cout << "tcp " << tcp.port() << "\nwattmeter " << wattmeter.port() << "\npty " << pty.link()
            << std::endl;
  const std::jthread serving_tcp([&](const std::stop_token& stop) { tcp.run(stop); });
  const std::jthread serving_wattmeter([&](const std::stop_token& stop) { wattmeter.run(stop); });
  const std::jthread serving_pty([&](const std::stop_token& stop) { pty.run(stop); });
  const std::jthread pacing([&](const std::stop_token& stop) { pace(line, *clock, stop); });
  while (std::cin.get() != std::char_traits<char>::eof()) {
  }
}
