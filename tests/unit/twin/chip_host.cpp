#include "tests/unit/twin/chip_host.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace plugrig::twin::test {

namespace {
constexpr std::uint8_t kEnd = 0xC0, kEscape = 0xDB;
}

Bytes hex(std::string_view text) {
  Bytes bytes;
  std::string digits;
  for (const char c : text) {
    if (c == ' ') continue;
    digits.push_back(c);
    if (digits.size() < 2) continue;
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(digits, nullptr, 16)));
    digits.clear();
  }
  if (!digits.empty()) throw std::invalid_argument("odd number of hex digits");
  return bytes;
}

std::string hex(const Bytes& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

Bytes words(std::initializer_list<std::uint32_t> values) {
  Bytes bytes;
  for (const std::uint32_t value : values) {
    for (unsigned i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  return bytes;
}

Bytes join(std::initializer_list<Bytes> parts) {
  Bytes bytes;
  for (const Bytes& part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
  return bytes;
}

std::uint32_t checksum(const Bytes& payload) {
  std::uint32_t sum = 0xEF;
  for (const std::uint8_t byte : payload) sum ^= byte;
  return sum;
}

Bytes request(std::uint8_t op, const Bytes& data, std::uint32_t sum) {
  Bytes bytes{0, op, static_cast<std::uint8_t>(data.size()),
              static_cast<std::uint8_t>(data.size() >> 8)};
  return join({bytes, words({sum}), data});
}

Bytes data_request(std::uint8_t op, std::uint32_t sequence, const Bytes& payload) {
  const auto length = static_cast<std::uint32_t>(payload.size());
  return request(op, join({words({length, sequence, 0, 0}), payload}), checksum(payload));
}

const Bytes kStandardSync = request(0x08, join({hex("07071220"), Bytes(32, std::uint8_t{0x55})}));

void Host::enter_loader() {
  slot_.set_lines(false, true);
  slot_.advance(slot_.now() + 100ms);
  slot_.set_lines(true, false);
  slot_.advance(slot_.now() + 60ms);
  slot_.set_lines(false, false);
}

void Host::start_application() {
  slot_.set_lines(false, true);
  slot_.advance(slot_.now() + 100ms);
  while (slot_.take()) {
  }
  slot_.set_lines(false, false);
}

std::string Host::text(Duration time, std::uint32_t bit_per_s) {
  const Duration until = slot_.now() + time;
  std::string text;
  slot_.advance(until);
  while (const auto wire = slot_.take()) {
    if (const auto value = TwinSlot::as_received(*wire, bit_per_s)) {
      text.push_back(static_cast<char>(*value));
    }
  }
  return text;
}

void Host::send(const Bytes& bytes) {
  for (const std::uint8_t value : bytes) slot_.send(value, baud);
}

void Host::send_frame(const Bytes& payload) {
  Bytes bytes{kEnd};
  for (const std::uint8_t value : payload) {
    if (value == kEnd) {
      bytes.insert(bytes.end(), {kEscape, 0xDC});
    } else if (value == kEscape) {
      bytes.insert(bytes.end(), {kEscape, 0xDD});
    } else {
      bytes.push_back(value);
    }
  }
  bytes.push_back(kEnd);
  send(bytes);
}

std::optional<std::uint8_t> Host::byte(Duration limit) {
  while (slot_.now() < limit) {
    slot_.advance_to_output(limit);
    const auto wire = slot_.take();
    if (!wire) continue;
    // At a very different rate no start bit is seen: nothing was received.
    if (const auto value = TwinSlot::as_received(*wire, baud)) return value;
  }
  return std::nullopt;
}

std::optional<Bytes> Host::frame(Duration time) {
  const Duration limit = slot_.now() + time;
  std::optional<Bytes> payload;
  bool escaped = false;
  while (const auto value = byte(limit)) {
    if (*value == kEnd) {
      if (payload && !payload->empty()) return payload;
      payload = Bytes{};
    } else if (payload) {
      if (*value == kEscape && !escaped) {
        escaped = true;
        continue;
      }
      payload->push_back(escaped ? (*value == 0xDC ? kEnd : kEscape) : *value);
      escaped = false;
    }
  }
  return std::nullopt;
}

std::vector<std::string> Host::answers(const Bytes& payload, Duration quiet) {
  send_frame(payload);
  std::vector<std::string> found;
  Duration wait = 10s;  // the first one may take an erase
  while (const auto answer = frame(wait)) {
    found.push_back(hex(*answer));
    wait = quiet;
  }
  return found;
}

void Host::drain(Duration quiet) {
  Duration limit = slot_.now() + quiet;
  while (byte(limit)) limit = slot_.now() + quiet;
}

bool Host::sync() {
  drain();
  for (int attempt = 0; attempt < 5; ++attempt) {
    send_frame(kStandardSync);
    const auto answer = frame(100ms);
    if (answer && answer->size() > 1 && (*answer)[1] == 0x08) {
      drain();
      return true;
    }
  }
  return false;
}

bench::Wiring wiring(bench::Circuit circuit, Duration reset_capacitor) {
  bench::Wiring result;
  result.circuit = circuit;
  result.reset_capacitor = reset_capacitor;
  return result;
}

TwinSlotOptions options(std::uint64_t seed) {
  TwinSlotOptions result;
  result.wiring = wiring();
  result.seed = seed;
  return result;
}

}  // namespace plugrig::twin::test
