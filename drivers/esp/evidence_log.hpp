#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "rig/core/clock.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::esp {

/// The last things that happened on the wire, as lines of text for a fault's evidence. Bounded by
/// characters; old lines fall out. Long frames are shortened, so that no secret-bearing flash
/// content piles up here. One thread.
class EvidenceLog {
 public:
  explicit EvidenceLog(std::size_t limit = 8192) : limit_(limit) {}

  void sent(Instant at, std::span<const std::uint8_t> payload);
  void received(Instant at, std::span<const std::uint8_t> payload);
  void stray(Instant at, std::span<const std::uint8_t> bytes);
  void note(Instant at, std::string text);

  /// All lines kept, oldest first, one piece of evidence named "wire"; empty when there are none.
  [[nodiscard]] std::vector<Evidence> evidence() const;

 private:
  void add(Instant at, std::string line);

  std::size_t limit_;
  std::size_t used_ = 0;
  std::deque<std::string> lines_;
};

}  // namespace plugrig::esp
