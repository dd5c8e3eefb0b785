#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fixtures/twin/twin_slot.hpp"

namespace plugrig::test {

using Bytes = std::vector<std::uint8_t>;

/// An answer of the loader or the stub.
struct Answer {
  std::uint8_t op = 0;
  std::uint32_t value = 0;
  Bytes data;  ///< without the two status bytes
  std::uint8_t status = 0xEE;
  Duration at{};  ///< when its last byte had arrived
};

/// A small host of its own for the stub tests: SLIP, requests and answers straight over TwinSlot's
/// wire, no code shared with drivers/esp. Every wait is in chip time.
class StubClient {
 public:
  explicit StubClient(const std::string& flash_profile, std::uint64_t seed = 1);

  /// Resets into the loader and synchronises.
  void enter_rom();
  /// Uploads `text` and `data` through the ROM, calls `entry`, waits for OHAI.
  void upload(std::uint32_t text_address, std::span<const std::uint8_t> text,
              std::uint32_t data_address, std::span<const std::uint8_t> data, std::uint32_t entry);

  void send_raw(std::span<const std::uint8_t> bytes);
  void send_frame(std::span<const std::uint8_t> payload);
  void send(std::uint8_t op, const Bytes& data, std::uint32_t checksum = 0);
  /// The next frame's content; empty = none within `within`.
  std::optional<Bytes> frame(Duration within);
  /// The next answer with that op; frames in between are dropped.
  std::optional<Answer> answer(std::uint8_t op, Duration within = std::chrono::seconds{3});
  Answer ask(std::uint8_t op, const Bytes& data, Duration within = std::chrono::seconds{3});

  /// A data command: 03 or 07.
  void send_data(std::uint8_t op, std::uint32_t sequence, std::span<const std::uint8_t> block);
  static Bytes data_block(std::uint32_t sequence, std::span<const std::uint8_t> block);
  static std::uint32_t checksum(std::span<const std::uint8_t> block);

  void set_baud(std::uint32_t bit_per_s) { baud_ = bit_per_s; }
  [[nodiscard]] std::uint32_t baud() const { return baud_; }
  void idle(Duration time);
  [[nodiscard]] Duration now() const { return slot_.now(); }
  twin::TwinSlot& slot() { return slot_; }

  static Bytes words(std::initializer_list<std::uint32_t> values);
  static Bytes slip(std::span<const std::uint8_t> payload);

 private:
  void lines(bool dtr, bool rts, Duration then);
  void write_memory(std::uint32_t address, std::span<const std::uint8_t> bytes);

  twin::TwinSlot slot_;
  std::uint32_t baud_ = 115200;
  Bytes partial_;
  bool inside_ = false;
  bool escaped_ = false;
};

/// The SYNC request's data.
Bytes sync_data();

}  // namespace plugrig::test
