#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "fixtures/twin/modbus/instrument.hpp"
#include "fixtures/twin/net/bus_exchange.hpp"

namespace plugrig::twin {

/// A meter (unit 1) and a relay board (unit 2) on one bus, with constant values on the meter.
class SmallBus final : public MeterInput, public BoardWires {
 public:
  explicit SmallBus(FieldValues meter_faults = {}) : bus_(make_instrument_bus(1)) {
    bus_->add_meter({.name = "meter",
                     .model = "eastron-sdm230",
                     .unit = 1,
                     .seed = 1,
                     .ideal = true,
                     .faults = std::move(meter_faults)},
                    *this);
    bus_->add_board({.name = "board", .model = "waveshare-relay-8", .unit = 2, .faults = {}},
                    *this);
  }

  /// For servers: callable from any thread.
  BusExchange exchange() {
    return [this](std::uint8_t unit, const std::vector<std::uint8_t>& pdu, Duration now) {
      const std::scoped_lock lock(mutex_);
      return bus_->request(unit, pdu, now);
    };
  }
  bool closed(int relay) {
    const std::scoped_lock lock(mutex_);
    return closed_[relay];
  }

  Terminals mean(Duration /*from*/, Duration /*to*/) override { return {230.2, 4.35, 1001.3, 50}; }
  void contact(int relay, bool closed, Duration /*now*/) override { closed_[relay] = closed; }
  bool input_closed(int /*input*/, Duration /*now*/) override { return false; }

 private:
  std::unique_ptr<InstrumentBus> bus_;
  std::mutex mutex_;
  std::map<int, bool> closed_;
};

inline FieldValues share_of(const std::string& fault, double share) {
  FieldValues values;
  values.set(fault, {.text = "", .number = share, .items = {}, .place = {}});
  return values;
}

}  // namespace plugrig::twin
