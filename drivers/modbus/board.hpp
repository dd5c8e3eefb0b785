#pragma once

#include <memory>
#include <string>

#include "drivers/api/relay_board.hpp"
#include "drivers/modbus/bus.hpp"
#include "drivers/modbus/profile.hpp"

namespace plugrig::modbus {

/// A relay board that is driven by its profile. `bus` and `clock` must outlive it. Off, and its
/// read-back, go before everything queued and ignore a stop.
///
/// Faults: those of the bus with `relay.` for `modbus.` (`relay.timeout`, …), `relay.stuck`
/// (instrument: reads back other than written, twice), `relay.number` (config), `relay.no_timed_on`
/// (config), `relay.too_long` (config: more than the board's timer holds).
std::unique_ptr<RelayBoard> make_relay_board(BoardProfile profile, std::string name,
                                             std::uint8_t unit, ModbusBus& bus, Clock& clock);

}  // namespace plugrig::modbus
