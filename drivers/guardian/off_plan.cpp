#include "drivers/guardian/off_plan.hpp"

#include <algorithm>

#include "rig/core/digest.hpp"

namespace plugrig::guardian {
namespace {

constexpr std::uint8_t first_read = 1, last_read = 4;

void put(std::vector<std::uint8_t>& into, std::span<const std::uint8_t> bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  for (unsigned shift = 0; shift < 32; shift += 8)
    into.push_back(static_cast<std::uint8_t>(size >> shift & 0xFFU));
  into.insert(into.end(), bytes.begin(), bytes.end());
}

void put(std::vector<std::uint8_t>& into, const ModbusFrame& frame) {
  into.push_back(frame.unit);
  put(into, frame.pdu);
}

}  // namespace

std::optional<bool> reads_on(const OffRelay& relay, std::span<const std::uint8_t> answer) {
  if (answer.size() != relay.mask.size() || relay.read.pdu.empty() ||
      answer[0] != relay.read.pdu[0]) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < answer.size(); ++i)
    if ((answer[i] & relay.mask[i]) != (relay.on[i] & relay.mask[i])) return false;
  return true;
}

bool only_reads_or_switches_off(const BusPlan& plan, const ModbusFrame& request) {
  if (request.pdu.empty()) return false;
  if (request.pdu[0] >= first_read && request.pdu[0] <= last_read) return true;
  return std::any_of(plan.relays.begin(), plan.relays.end(),
                     [&](const OffRelay& relay) { return relay.off == request; }) ||
         std::find(plan.all_off.begin(), plan.all_off.end(), request) != plan.all_off.end();
}

std::string fingerprint(std::span<const BusPlan> plans) {
  std::vector<std::uint8_t> all;
  for (const BusPlan& plan : plans) {
    put(all, std::vector<std::uint8_t>(plan.name.begin(), plan.name.end()));
    for (const OffRelay& relay : plan.relays) {
      put(all, relay.off);
      put(all, relay.read);
      put(all, relay.mask);
      put(all, relay.on);
    }
    for (const ModbusFrame& frame : plan.all_off) put(all, frame);
  }
  return sha256_hex(all);
}

}  // namespace plugrig::guardian
