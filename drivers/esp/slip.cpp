#include "drivers/esp/slip.hpp"

#include <utility>

namespace plugrig::esp {
namespace {

constexpr std::uint8_t kEnd = 0xC0;
constexpr std::uint8_t kEscape = 0xDB;
constexpr std::uint8_t kEscapedEnd = 0xDC;
constexpr std::uint8_t kEscapedEscape = 0xDD;
constexpr std::size_t kMaxStray = 4096;

}  // namespace

std::vector<std::uint8_t> slip_encode(std::span<const std::uint8_t> payload) {
  std::vector<std::uint8_t> out;
  out.reserve(payload.size() + payload.size() / 32 + 2);
  out.push_back(kEnd);
  for (const std::uint8_t byte : payload) {
    if (byte == kEnd || byte == kEscape) {
      out.push_back(kEscape);
      out.push_back(byte == kEnd ? kEscapedEnd : kEscapedEscape);
    } else {
      out.push_back(byte);
    }
  }
  out.push_back(kEnd);
  return out;
}

void SlipDecoder::feed(std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) step(byte);
}

void SlipDecoder::step(std::uint8_t byte) {
  if (byte == kEnd) {
    finish();
  } else if (!inside_) {
    if (stray_.size() == kMaxStray) stray_.pop_front();
    stray_.push_back(byte);
  } else if (escaped_) {
    escaped_ = false;
    if (byte == kEscapedEnd) {
      store(kEnd);
    } else if (byte == kEscapedEscape) {
      store(kEscape);
    } else {
      frame_.kind = SlipFrame::Kind::bad_escape;
      store(byte);
    }
  } else if (byte == kEscape) {
    escaped_ = true;
  } else {
    store(byte);
  }
}

void SlipDecoder::store(std::uint8_t byte) {
  if (frame_.bytes.size() < slip_max_frame) {
    frame_.bytes.push_back(byte);
  } else {
    frame_.kind = SlipFrame::Kind::too_long;
  }
}

void SlipDecoder::finish() {
  if (inside_ && escaped_) frame_.kind = SlipFrame::Kind::bad_escape;
  const bool complete = inside_ && (!frame_.bytes.empty() || escaped_);
  escaped_ = false;
  if (complete) {
    ready_.push_back(std::exchange(frame_, {}));
    inside_ = false;
  } else {
    // C0 C0: the second one may be the true start of a frame after a lost C0.
    inside_ = true;
  }
}

std::optional<SlipFrame> SlipDecoder::next() {
  if (ready_.empty()) return std::nullopt;
  SlipFrame frame = std::move(ready_.front());
  ready_.pop_front();
  return frame;
}

std::vector<std::uint8_t> SlipDecoder::take_stray() {
  std::vector<std::uint8_t> out(stray_.begin(), stray_.end());
  stray_.clear();
  return out;
}

void SlipDecoder::reset() {
  inside_ = false;
  escaped_ = false;
  frame_ = {};
  ready_.clear();
}

}  // namespace plugrig::esp
