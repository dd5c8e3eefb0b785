#include "drivers/esp/link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "drivers/api/line_errors.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::esp {
namespace {

using std::chrono::milliseconds;

constexpr int kMaxSkipped = 64;
constexpr std::size_t kMaxStray = 4096;
constexpr std::size_t kLastBytes = 48;

/// Appends and keeps only the last `most` bytes.
void append_last(std::vector<std::uint8_t>& to, std::span<const std::uint8_t> bytes,
                 std::size_t most) {
  to.insert(to.end(), bytes.begin(), bytes.end());
  if (to.size() > most) to.erase(to.begin(), to.end() - static_cast<std::ptrdiff_t>(most));
}

}  // namespace

void check_time(const Clock& clock, const Deadline& deadline, const EvidenceLog& log) {
  if (deadline.stop.stop_requested()) throw Stopped{};
  if (clock.now() < deadline.at) return;
  throw Fault("esp.deadline", Blame::config,
              "The time given to this step ended while the chip was still at work.",
              "Give the step more time, or look in the evidence for what was slow.",
              log.evidence());
}

Duration Link::wire_time(std::size_t bytes) const {
  // 10 bits a byte, 1/32 more for escapes.
  const auto bits = static_cast<std::int64_t>((bytes + bytes / 32 + 2) * 10);
  return std::chrono::nanoseconds(bits * 1'000'000'000 / uart_.baud());
}

void Link::send(Op op, std::span<const std::uint8_t> data, const Deadline& deadline,
                std::uint32_t checksum) {
  send_frame(make_request(op, data, checksum), deadline);
}

void Link::send_frame(std::span<const std::uint8_t> payload, const Deadline& deadline) {
  log_.sent(clock_.now(), payload);
  uart_.write(slip_encode(payload), deadline);
}

bool Link::pump(const Deadline& limit, const Deadline& deadline) {
  std::array<std::uint8_t, 4096> buffer{};
  const std::size_t count = uart_.read(buffer, limit);
  if (count == 0) {
    check_time(clock_, deadline, log_);
    return false;
  }
  decoder_.feed(std::span(buffer).first(count));
  append_last(last_bytes_, std::span(buffer).first(count), kLastBytes);
  keep_stray();
  return true;
}

void Link::keep_stray() {
  const auto fresh = decoder_.take_stray();
  if (fresh.empty()) return;
  log_.stray(clock_.now(), fresh);
  append_last(stray_, fresh, kMaxStray);
}

std::optional<std::vector<std::uint8_t>> Link::receive_frame(Duration limit,
                                                             const Deadline& deadline) {
  const Deadline until = deadline.no_later_than(clock_.now() + limit);
  for (;;) {
    while (auto frame = decoder_.next()) {
      log_.received(clock_.now(), frame->bytes);
      if (frame->kind == SlipFrame::Kind::good) return std::move(frame->bytes);
      ++damaged_;
      log_.note(clock_.now(), "damaged frame");
    }
    if (!pump(until, deadline)) return std::nullopt;
  }
}

std::optional<Response> Link::receive(Op op, Duration limit, const Deadline& deadline) {
  const Instant end = clock_.now() + limit;
  for (int skipped = 0; skipped < kMaxSkipped; ++skipped) {
    const auto frame = receive_frame(std::max(end - clock_.now(), Duration::zero()), deadline);
    if (!frame) return std::nullopt;
    auto response = parse_response(*frame);
    if (!response) {
      // Not an answer: boot text between two stray C0, or noise. Evidence of a restart.
      stray_.insert(stray_.end(), frame->begin(), frame->end());
      ++damaged_;
      continue;
    }
    if (response->op == op) {
      stray_.clear();
      return response;
    }
    log_.note(clock_.now(), "skipped: late answer to " + to_string(response->op));
  }
  log_.note(clock_.now(), "too many answers to other commands");
  return std::nullopt;
}

std::optional<Response> Link::exchange(Op op, std::span<const std::uint8_t> data, Duration limit,
                                       const Deadline& deadline) {
  send(op, data, deadline);
  return receive(op, limit + wire_time(data.size() + 8), deadline);
}

bool Link::sync(Duration limit, const Deadline& deadline, std::uint32_t* value) {
  send(Op::sync, sync_data(), deadline);
  const Duration wire = wire_time(sync_data().size() + 8);
  const auto first = receive(Op::sync, limit + wire, deadline);
  if (!first || !first->ok()) return false;
  if (value != nullptr) *value = first->value;
  // Seven more answers of 12 bytes follow at once; a chip that just came out of a long command may
  // send later ones too.
  const Duration quiet = std::max<Duration>(milliseconds{15}, 2 * wire_time(14));
  for (int drained = 0; drained < kMaxSkipped; ++drained) {
    if (!receive_frame(quiet, deadline)) break;
  }
  return true;
}

bool Link::resynchronise(const Deadline& deadline) {
  static constexpr std::array<int, 7> kPatience_ms{100, 100, 200, 400, 800, 1500, 1500};
  log_.note(clock_.now(), "resynchronising");
  for (const int patience : kPatience_ms) {
    // The first SYNC may end a half-received frame and be lost with it.
    if (sync(milliseconds{patience}, deadline)) return true;
  }
  return false;
}

std::vector<std::uint8_t> Link::listen(Duration quiet, Duration limit, const Deadline& deadline) {
  std::vector<std::uint8_t> heard;
  const Instant end = clock_.now() + limit;
  std::array<std::uint8_t, 512> buffer{};
  for (Instant until = end; clock_.now() < end; until = std::min(end, clock_.now() + quiet)) {
    const std::size_t count = uart_.read(buffer, deadline.no_later_than(until));
    if (count == 0) break;
    heard.insert(heard.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
  }
  check_time(clock_, deadline, log_);
  log_.stray(clock_.now(), heard);
  return heard;
}

void Link::set_baud(std::uint32_t baud) {
  uart_.set_baud(baud);
  log_.note(clock_.now(), fmt::format("{} baud", baud));
}

std::vector<Evidence> Link::evidence() const {
  std::vector<Evidence> all = log_.evidence();
  for (Evidence& piece : line_errors_of(uart_)) all.push_back(std::move(piece));
  return all;
}

void Link::discard() {
  uart_.discard_input();
  decoder_.reset();
  stray_.clear();
  last_bytes_.clear();
}

}  // namespace plugrig::esp
