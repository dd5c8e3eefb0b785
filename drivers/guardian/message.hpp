#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rig/core/fault.hpp"

namespace plugrig::guardian {

/// What is said between the rig and the process that owns the relays' buses. One message is one
/// packet of a Unix socket of kind SOCK_SEQPACKET.
///
/// Packet, numbers with the low byte first: "PG", version, kind, status, unit (one byte each),
/// two bytes 0, number of the request (4), time to wait in ms (4), body, CRC-32 of all before it
/// (4). Packets that are not exactly so are none: whoever gets one closes the connection, and the
/// guardian switches off.
enum class Kind : std::uint8_t {
  hello = 1,  ///< answered by what the other side is to expect
  lease,      ///< the rig is well: the lease runs anew
  off,        ///< everything off, for good
  flush,      ///< this and the following: ModbusPort of the same name
  send,
  receive,
  reopen,
  reply,
};

enum class Status : std::uint8_t {
  done,
  nothing,  ///< nothing came in time
  fault,    ///< body: the fault
  refused,  ///< the lease has run out: only reading and switching off are left
};

struct Message {
  Kind kind = Kind::hello;
  Status status = Status::done;
  std::uint8_t unit = 0;      ///< Modbus address
  std::uint32_t number = 0;   ///< a reply has that of its request
  std::uint32_t wait_ms = 0;  ///< how long the call may take
  std::vector<std::uint8_t> body = {};
  friend bool operator==(const Message&, const Message&) = default;
};

inline constexpr std::uint8_t protocol_version = 1;
inline constexpr std::size_t largest_body = 2048;

/// std::invalid_argument for a body above `largest_body`.
std::vector<std::uint8_t> encode(const Message& message);
/// Empty for everything that is no message of this version.
std::optional<Message> decode(std::span<const std::uint8_t> packet);

/// A fault as body, its evidence left out; texts are cut to fit.
std::vector<std::uint8_t> fault_body(const Fault& fault);
/// Any body makes a fault: what is no fault is told as `guardian.garbled` (software).
Fault fault_of(std::span<const std::uint8_t> body);

}  // namespace plugrig::guardian
