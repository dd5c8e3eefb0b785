#include "drivers/guardian/message.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

namespace plugrig::guardian {
namespace {

constexpr std::size_t header_size = 16;
constexpr std::size_t check_size = 4;
/// One of the texts of a fault; four of them and their separators fit into a body.
constexpr std::size_t longest_text = 500;

constexpr std::array all_blames{Blame::unit, Blame::contact,   Blame::fixture, Blame::instrument,
                                Blame::host, Blame::operator_, Blame::config,  Blame::software};

void put_u32(std::vector<std::uint8_t>& into, std::uint32_t number) {
  for (unsigned shift = 0; shift < 32; shift += 8)
    into.push_back(static_cast<std::uint8_t>(number >> shift & 0xFFU));
}

std::uint32_t u32_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (unsigned i = 0; i < 4; ++i) number |= static_cast<std::uint32_t>(bytes[at + i]) << (8 * i);
  return number;
}

std::uint32_t check_sum(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint32_t>(
      ::crc32(0, bytes.data(), static_cast<unsigned int>(bytes.size())));
}

bool known(Kind kind) { return kind >= Kind::hello && kind <= Kind::reply; }

}  // namespace

std::vector<std::uint8_t> encode(const Message& message) {
  if (message.body.size() > largest_body) throw std::invalid_argument("message body too long");
  std::vector<std::uint8_t> packet;
  packet.reserve(header_size + message.body.size() + check_size);
  packet = {'P',
            'G',
            protocol_version,
            static_cast<std::uint8_t>(message.kind),
            static_cast<std::uint8_t>(message.status),
            message.unit,
            0,
            0};
  put_u32(packet, message.number);
  put_u32(packet, message.wait_ms);
  packet.insert(packet.end(), message.body.begin(), message.body.end());
  put_u32(packet, check_sum(packet));
  return packet;
}

std::optional<Message> decode(std::span<const std::uint8_t> packet) {
  if (packet.size() < header_size + check_size ||
      packet.size() > header_size + largest_body + check_size) {
    return std::nullopt;
  }
  const auto checked = packet.first(packet.size() - check_size);
  if (u32_at(packet, checked.size()) != check_sum(checked)) return std::nullopt;
  if (packet[0] != 'P' || packet[1] != 'G' || packet[2] != protocol_version) return std::nullopt;
  Message message;
  message.kind = static_cast<Kind>(packet[3]);
  message.status = static_cast<Status>(packet[4]);
  if (!known(message.kind) || message.status > Status::refused || packet[6] != 0 ||
      packet[7] != 0) {
    return std::nullopt;
  }
  message.unit = packet[5];
  message.number = u32_at(packet, 8);
  message.wait_ms = u32_at(packet, 12);
  message.body.assign(checked.begin() + header_size, checked.end());
  return message;
}

std::vector<std::uint8_t> fault_body(const Fault& fault) {
  std::vector<std::uint8_t> body;
  const auto put = [&body](std::string_view text) {
    text = text.substr(0, longest_text);
    body.insert(body.end(), text.begin(), text.end());
    body.push_back('\0');
  };
  put(fault.id());
  put(to_string(fault.blame()));
  put(fault.happened());
  put(fault.next());
  return body;
}

Fault fault_of(std::span<const std::uint8_t> body) {
  std::array<std::string, 4> texts;
  auto from = body.begin();
  bool whole = true;
  for (std::string& text : texts) {
    const auto end = std::find(from, body.end(), std::uint8_t{0});
    whole = whole && end != body.end();
    text.assign(from, end);
    from = end == body.end() ? end : end + 1;
  }
  const auto blame = std::find_if(all_blames.begin(), all_blames.end(),
                                  [&](Blame each) { return to_string(each) == texts[1]; });
  if (!whole || texts[0].empty() || blame == all_blames.end()) {
    return {"guardian.garbled", Blame::software, "The guardian process told of a fault illegibly.",
            "Report this; start the run again."};
  }
  return {texts[0], *blame, texts[2], texts[3]};
}

}  // namespace plugrig::guardian
