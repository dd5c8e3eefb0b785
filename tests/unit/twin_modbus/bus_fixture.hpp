#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "fixtures/twin/modbus/instrument.hpp"

namespace plugrig::twin {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

/// A line whose values are a function of time; a window's mean is the value in its middle.
class Wires final : public MeterInput {
 public:
  explicit Wires(Terminals constant) : at_([constant](Duration) { return constant; }) {}
  explicit Wires(std::function<Terminals(Duration)> at) : at_(std::move(at)) {}
  Terminals mean(Duration from, Duration to) override {
    windows.emplace_back(from, to);
    return at_(from + (to - from) / 2);
  }
  std::vector<std::pair<Duration, Duration>> windows;

 private:
  std::function<Terminals(Duration)> at_;
};

/// What hangs on a board: remembers contacts and when they changed.
class Contacts final : public BoardWires {
 public:
  void contact(int relay, bool is_closed, Duration now) override {
    closed[relay] = is_closed;
    changes.emplace_back(relay, is_closed, now);
  }
  bool input_closed(int input, Duration /*now*/) override { return inputs[input]; }

  std::map<int, bool> closed;
  std::map<int, bool> inputs;
  std::vector<std::tuple<int, bool, Duration>> changes;
};

inline Bytes read_request(std::uint8_t function, unsigned address, unsigned count) {
  return {function, static_cast<std::uint8_t>(address >> 8U),
          static_cast<std::uint8_t>(address & 0xFFU), static_cast<std::uint8_t>(count >> 8U),
          static_cast<std::uint8_t>(count & 0xFFU)};
}
/// Functions 05 and 06 have the same shape.
inline Bytes write_request(std::uint8_t function, unsigned address, unsigned value) {
  return read_request(function, address, value);
}

/// The words of a register answer.
inline std::vector<std::uint16_t> words_of(const Bytes& pdu) {
  std::vector<std::uint16_t> words;
  for (std::size_t i = 2; i + 1 < pdu.size(); i += 2)
    words.push_back(static_cast<std::uint16_t>(pdu[i] << 8U | pdu[i + 1]));
  return words;
}

inline float float_of(std::uint16_t high, std::uint16_t low) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(high) << 16U | low);
}

inline FieldValues number_fault(const std::string& name, double value) {
  FieldValues values;
  values.set(name, {.text = "", .number = value, .items = {}, .place = {}});
  return values;
}
inline void add_flag(FieldValues& values, const std::string& name) {
  values.set(name, {.text = "true", .number = {}, .items = {}, .place = {}});
}

/// One meter alone on a bus.
class OneMeter {
 public:
  OneMeter(const std::string& model, MeterInput& input, bool ideal = true, std::uint64_t seed = 1,
           FieldValues faults = {}, std::uint8_t unit = 1)
      : bus(make_instrument_bus(seed)), unit_(unit) {
    bus->add_meter({.name = "reference",
                    .model = model,
                    .unit = unit,
                    .seed = seed,
                    .ideal = ideal,
                    .faults = std::move(faults)},
                   input);
  }
  Bytes ask(const Bytes& pdu, Duration now = 10s) {
    const auto answer = bus->request(unit_, pdu, now);
    return answer ? answer->pdu : Bytes{};
  }
  std::vector<std::uint16_t> read(std::uint8_t function, unsigned address, unsigned count,
                                  Duration now = 10s) {
    return words_of(ask(read_request(function, address, count), now));
  }
  double read_float(std::uint8_t function, unsigned address, Duration now = 10s) {
    const auto words = read(function, address, 2, now);
    EXPECT_EQ(words.size(), 2U) << "address " << address;
    return words.size() == 2 ? static_cast<double>(float_of(words[0], words[1])) : -1e9;
  }

  std::unique_ptr<InstrumentBus> bus;

 private:
  std::uint8_t unit_;
};

/// One board alone on a bus.
class OneBoard {
 public:
  explicit OneBoard(const std::string& model, std::uint8_t unit = 1, FieldValues faults = {})
      : bus(make_instrument_bus(1)), unit_(unit) {
    bus->add_board({.name = "board1",
                    .model = model,
                    .unit = unit,
                    .seed = 1,
                    .ideal = false,
                    .faults = std::move(faults)},
                   contacts);
  }
  Bytes ask(const Bytes& pdu, Duration now) {
    const auto answer = bus->request(unit_, pdu, now);
    return answer ? answer->pdu : Bytes{};
  }

  Contacts contacts;
  std::unique_ptr<InstrumentBus> bus;

 private:
  std::uint8_t unit_;
};

}  // namespace plugrig::twin
