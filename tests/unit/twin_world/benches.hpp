#pragma once

#include <string>

#include "fixtures/bench/bench.hpp"

namespace plugrig::twin {

/// A load of 60 W, 500 W, 1 kW and 1 kW behind board2.
inline bench::LoadSpec four_resistors() {
  bench::LoadSpec load;
  load.name = "four";
  load.board = "board2";
  for (const auto& [ohm, watts] :
       {std::pair{882.0, 60.0}, {106.0, 500.0}, {53.0, 1000.0}, {53.0, 1000.0}}) {
    const int relay = static_cast<int>(load.elements.size()) + 1;
    load.elements.push_back(
        {.name = "R" + std::to_string(relay), .ohm = ohm, .rating_W = watts, .relay = relay});
  }
  return load;
}

/// Slots F1, F2 … with two-position contacts: contactor board1.8; slot n: mains board1.n,
/// withdrawn in(3n−2), guard in(3n−1), sense in(3n). At most two slots.
inline bench::BenchSpec two_position_bench(int slots) {
  bench::BenchSpec bench{.name = "test", .file = "test.yaml", .slots = {}};
  bench.mains = bench::MainsSpec{
      .contactor = bench::BoardPin{.board = "board1", .number = 8},
      .contactor_auxiliary = bench::BoardPin{.board = "board1", .number = 8, .input = true}};
  for (int n = 1; n <= slots; ++n) {
    const auto input = [n](int k) {
      return bench::BoardPin{.board = "board1", .number = 3 * n - 3 + k, .input = true};
    };
    bench::SlotSpec slot;
    slot.name = "F" + std::to_string(n);
    slot.kind = bench::SlotKind::both;
    slot.uart_contacts = "two_position";
    slot.contacts_withdrawn = input(1);
    slot.guard_closed = input(2);
    slot.mains_sense = input(3);
    slot.mains = bench::BoardPin{.board = "board1", .number = n};
    slot.twin.emplace();
    slot.twin->seed = static_cast<std::uint64_t>(10 + n);
    bench.slots.push_back(slot);
  }
  const auto board = [](const char* name, std::uint8_t unit) {
    bench::InstrumentSpec spec;
    spec.name = name;
    spec.profile = "waveshare-relay-8";
    spec.address = "rs485";
    spec.unit = unit;
    return spec;
  };
  bench::InstrumentSpec meter;
  meter.name = "reference";
  meter.profile = "eastron-sdm120";
  meter.address = "line";
  bench.instruments = {meter, board("board1", 1), board("board2", 2)};
  bench.load = four_resistors();
  bench.twin.ideal_instruments = true;
  return bench;
}

}  // namespace plugrig::twin
