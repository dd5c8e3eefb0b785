#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "drivers/api/modbus_port.hpp"

namespace plugrig::guardian {

/// One relay: how it is switched off, and how it is seen to be off. Made at start, so that nothing
/// needs to be read or looked up when it is needed.
struct OffRelay {
  std::string name;                ///< "board1.8"
  ModbusFrame off;                 ///< the write that switches it off
  ModbusFrame read;                ///< the read that shows it
  std::vector<std::uint8_t> mask;  ///< which bits of the answer's PDU tell
  std::vector<std::uint8_t> on;    ///< what they are while the relay is on
};

/// One line or connection with relays of the mains side, in the order in which they are to be
/// switched off: contactor, relays of slots, selectors, load.
struct BusPlan {
  std::string name;  ///< for messages: "/dev/serial/by-id/…", "board:502"
  std::vector<OffRelay> relays;
  std::vector<ModbusFrame> all_off;  ///< further writes that can only switch off
};

/// What an answer to `relay.read` shows; empty when it is no such answer.
std::optional<bool> reads_on(const OffRelay& relay, std::span<const std::uint8_t> answer);

/// The request reads (functions 01 to 04) or is one of the plan's writes that switch off: nothing
/// goes on by it, whoever asks.
bool only_reads_or_switches_off(const BusPlan& plan, const ModbusFrame& request);

/// Equal for equal plans: rig and guardian have read the same bench file.
std::string fingerprint(std::span<const BusPlan> plans);

}  // namespace plugrig::guardian
