#include "stub_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace plugrig::test {

using std::chrono::milliseconds;

namespace {

constexpr Duration kStep = std::chrono::microseconds{20};

twin::TwinSlotOptions slot_options(const std::string& flash_profile, std::uint64_t seed) {
  twin::TwinSlotOptions options;
  options.wiring.name = "test";
  options.wiring.circuit = bench::Circuit::two_transistor;
  options.chip.flash = flash_profile;
  options.seed = seed;
  return options;
}

void append_word(Bytes& to, std::uint32_t value) {
  for (int shift = 0; shift != 32; shift += 8) {
    to.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

std::uint32_t word_at(const Bytes& bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at]) | static_cast<std::uint32_t>(bytes[at + 1]) << 8 |
         static_cast<std::uint32_t>(bytes[at + 2]) << 16 |
         static_cast<std::uint32_t>(bytes[at + 3]) << 24;
}

}  // namespace

StubClient::StubClient(const std::string& flash_profile, std::uint64_t seed)
    : slot_(slot_options(flash_profile, seed)) {}

Bytes StubClient::words(std::initializer_list<std::uint32_t> values) {
  Bytes out;
  for (const std::uint32_t value : values) append_word(out, value);
  return out;
}

Bytes StubClient::slip(std::span<const std::uint8_t> payload) {
  Bytes out{0xC0};
  for (const std::uint8_t byte : payload) {
    if (byte == 0xC0 || byte == 0xDB) {
      out.push_back(0xDB);
      out.push_back(byte == 0xC0 ? 0xDC : 0xDD);
    } else {
      out.push_back(byte);
    }
  }
  out.push_back(0xC0);
  return out;
}

void StubClient::idle(Duration time) { slot_.advance(slot_.now() + time); }

void StubClient::lines(bool dtr, bool rts, Duration then) {
  slot_.set_lines(dtr, rts);
  idle(then);
}

void StubClient::enter_rom() {
  baud_ = 115200;
  lines(false, true, milliseconds{100});
  lines(true, false, milliseconds{50});
  lines(false, false, milliseconds{10});
  for (int attempt = 0; attempt != 6; ++attempt) {
    send(0x08, sync_data());
    if (answer(0x08, milliseconds{100})) {
      while (answer(0x08, milliseconds{30})) {
      }
      return;
    }
  }
  throw std::runtime_error("the ROM loader does not answer");
}

void StubClient::write_memory(std::uint32_t address, std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kBlock = 0x1800;
  const auto size = static_cast<std::uint32_t>(bytes.size());
  const auto blocks = static_cast<std::uint32_t>((bytes.size() + kBlock - 1) / kBlock);
  EXPECT_EQ(ask(0x05, words({size, blocks, kBlock, address})).status, 0);
  std::uint32_t sequence = 0;
  for (std::size_t at = 0; at < bytes.size(); at += kBlock) {
    send_data(0x07, sequence++, bytes.subspan(at, std::min(kBlock, bytes.size() - at)));
    const auto reply = answer(0x07);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 0);
  }
}

void StubClient::upload(std::uint32_t text_address, std::span<const std::uint8_t> text,
                        std::uint32_t data_address, std::span<const std::uint8_t> data,
                        std::uint32_t entry) {
  write_memory(text_address, text);
  write_memory(data_address, data);
  send(0x06, words({0, entry}));
  const Bytes hello{'O', 'H', 'A', 'I'};
  for (int frames = 0; frames != 3; ++frames) {
    const auto got = frame(milliseconds{500});
    if (got && *got == hello) return;
  }
  throw std::runtime_error("no OHAI: " + slot_.chip_fault());
}

void StubClient::send_raw(std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) slot_.send(byte, baud_);
}

void StubClient::send_frame(std::span<const std::uint8_t> payload) { send_raw(slip(payload)); }

void StubClient::send(std::uint8_t op, const Bytes& data, std::uint32_t checksum) {
  Bytes payload{0, op, static_cast<std::uint8_t>(data.size()),
                static_cast<std::uint8_t>(data.size() >> 8)};
  append_word(payload, checksum);
  payload.insert(payload.end(), data.begin(), data.end());
  send_frame(payload);
}

std::uint32_t StubClient::checksum(std::span<const std::uint8_t> block) {
  std::uint8_t sum = 0xEF;
  for (const std::uint8_t byte : block) sum = static_cast<std::uint8_t>(sum ^ byte);
  return sum;
}

Bytes StubClient::data_block(std::uint32_t sequence, std::span<const std::uint8_t> block) {
  Bytes data = words({static_cast<std::uint32_t>(block.size()), sequence, 0, 0});
  data.insert(data.end(), block.begin(), block.end());
  return data;
}

void StubClient::send_data(std::uint8_t op, std::uint32_t sequence,
                           std::span<const std::uint8_t> block) {
  send(op, data_block(sequence, block), checksum(block));
}

std::optional<Bytes> StubClient::frame(Duration within) {
  const Duration limit = slot_.now() + within;
  for (;;) {
    while (const auto wire = slot_.take()) {
      const auto got = twin::TwinSlot::as_received(*wire, baud_);
      if (!got) continue;
      if (*got == 0xC0) {
        const bool complete = inside_ && !partial_.empty();
        inside_ = !complete;
        escaped_ = false;
        if (complete) {
          Bytes out;
          out.swap(partial_);
          return out;
        }
        partial_.clear();
      } else if (inside_) {
        if (escaped_) {
          partial_.push_back(*got == 0xDC ? 0xC0 : 0xDB);
          escaped_ = false;
        } else if (*got == 0xDB) {
          escaped_ = true;
        } else {
          partial_.push_back(*got);
        }
      }
    }
    if (slot_.now() >= limit) return std::nullopt;
    // In small steps: what the chip does with bytes on their way must not wait for `limit`.
    const Duration before = slot_.now();
    slot_.advance_to_output(std::min(limit, before + kStep));
    if (slot_.now() == before) slot_.advance(before + kStep);
  }
}

std::optional<Answer> StubClient::answer(std::uint8_t op, Duration within) {
  const Duration limit = slot_.now() + within;
  while (const auto got = frame(limit - slot_.now())) {
    if (got->size() < 10 || (*got)[0] != 1 || (*got)[1] != op) continue;
    Answer out;
    out.op = op;
    out.value = word_at(*got, 4);
    out.data.assign(got->begin() + 8, got->end() - 2);
    out.status = (*got)[got->size() - 2];
    out.at = slot_.now();
    return out;
  }
  return std::nullopt;
}

Answer StubClient::ask(std::uint8_t op, const Bytes& data, Duration within) {
  send(op, data);
  const auto got = answer(op, within);
  EXPECT_TRUE(got) << "op " << int{op} << " was not answered; " << slot_.chip_fault();
  return got.value_or(Answer{});
}

Bytes sync_data() {
  Bytes data{0x07, 0x07, 0x12, 0x20};
  data.resize(36, 0x55);
  return data;
}

}  // namespace plugrig::test
