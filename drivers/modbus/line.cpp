#include "drivers/modbus/line.hpp"

#include <algorithm>

#include "drivers/modbus/line_faults.hpp"
#include "drivers/modbus/pdu.hpp"

namespace plugrig::modbus {

namespace {

/// How long a line that never falls silent is waited for.
constexpr Duration longest_drain = std::chrono::milliseconds{300};

/// Devices act on a broadcast without answering (Modbus notes §1: 100 to 200 ms).
constexpr Duration broadcast_turnaround = std::chrono::milliseconds{150};

/// For handing a request to a port that works.
constexpr Duration send_limit = std::chrono::seconds{1};

}  // namespace

ModbusLine::ModbusLine(Clock& clock, ModbusPort& port, LineOptions options)
    : clock_(clock), port_(port), options_(options) {}

Duration ModbusLine::gap() const {
  if (port_.answers_name_requests()) return Duration::zero();
  // A PDU of one byte makes a frame of four characters: just above t3.5.
  return std::max(options_.gap, port_.wire_time(1));
}

/// Its late answer could be taken for that of `request`.
bool ModbusLine::may_answer(const Unanswered& old, const ModbusFrame& request) {
  const auto echo = expected_echo(request.pdu);
  const bool same_function = old.request.pdu.front() == request.pdu.front();
  const bool told_apart =
      !echo.empty() && !std::ranges::equal(echo, expected_echo(old.request.pdu));
  return same_function && !told_apart;
}

Instant ModbusLine::ready_at(const ModbusFrame& request) const {
  Instant ready{};
  for (const Unanswered& old : unanswered_)
    if (may_answer(old, request)) ready = std::max(ready, old.until);
  return ready;
}

Instant ModbusLine::ready_behind(const ModbusFrame& fence, const ModbusFrame& request) const {
  Instant ready = ready_at(fence);
  for (const Unanswered& old : unanswered_) {
    // Its answer says nothing of other units, nor of requests of its own function.
    const bool fenced =
        old.request.unit == fence.unit && old.request.pdu.front() != fence.pdu.front();
    if (may_answer(old, request) && !fenced) ready = std::max(ready, old.until);
  }
  return ready;
}

void ModbusLine::forget_before(const ModbusFrame& request) {
  std::erase_if(unanswered_, [&](const Unanswered& old) {
    return old.request.unit == request.unit && old.request.pdu.front() != request.pdu.front();
  });
}

void ModbusLine::settle(const std::stop_token& stop) {
  const Duration silence = gap();
  if (silence == Duration::zero()) return;
  if (!disturbed_) {
    clock_.sleep_until({quiet_since_ + silence, stop});
    return;
  }
  const Instant give_up = clock_.now() + longest_drain;
  while (clock_.now() < give_up) {
    try {
      if (!port_.receive({clock_.now() + silence, stop})) break;
    } catch (const Fault& fault) {
      if (fault.id() != "modbus.garbled") throw;
    }
  }
  disturbed_ = false;
}

bool ModbusLine::may_be_late(const ModbusFrame& answer) const {
  const Instant now = clock_.now();
  return std::ranges::any_of(unanswered_, [&](const Unanswered& old) {
    return old.until > now && (old.request.pdu.front() | 0x80U) == answer.pdu.front();
  });
}

void ModbusLine::remember(const ModbusFrame& request, Instant sent) {
  disturbed_ = true;
  if (port_.answers_name_requests()) return;
  const Instant now = clock_.now();
  std::erase_if(unanswered_, [&](const Unanswered& old) { return old.until <= now; });
  unanswered_.push_back({request, sent + options_.latest_answer});
}

std::optional<ModbusFrame> ModbusLine::listen(const ModbusFrame& request, const Deadline& deadline,
                                              Seen& seen) {
  do {
    std::optional<ModbusFrame> frame;
    try {
      frame = port_.receive(deadline);
    } catch (const Fault& fault) {
      if (fault.id() != "modbus.garbled") throw;
      seen.garbled = fault;
      continue;
    }
    if (!frame) return std::nullopt;
    if (frame->unit != request.unit) {
      seen.wrong_unit = std::move(frame);
      continue;
    }
    const AnswerKind kind = judge_answer(request.pdu, frame->pdu);
    const bool ours =
        kind == AnswerKind::right || (kind == AnswerKind::exception && !may_be_late(*frame));
    if (ours) return frame;
    seen.wrong_answer = std::move(frame);
  } while (clock_.now() < deadline.at);
  return std::nullopt;
}

Reply ModbusLine::attempt(const ModbusFrame& request, Duration timeout,
                          const std::stop_token& stop) {
  settle(stop);
  // What came since the last answer is nobody's (Modbus notes §2.1).
  port_.flush();
  const Instant begun = clock_.now();
  const bool told_apart = ready_at(request) <= begun;
  Instant sent = begun + port_.wire_time(request.pdu.size());
  Seen seen;
  std::optional<ModbusFrame> answer;
  try {
    port_.send(request, {sent + send_limit, stop});
    sent = std::max(sent, clock_.now());
    if (request.unit == 0) {  // nobody answers (Modbus notes §2.4)
      quiet_since_ = sent + broadcast_turnaround;
      return {{}, sent, sent};
    }
    const Duration answer_time = port_.wire_time(answer_size(request.pdu).value_or(2));
    answer = listen(request, {sent + timeout + answer_time, stop}, seen);
  } catch (...) {
    remember(request, sent);
    throw;
  }
  quiet_since_ = clock_.now();
  if (answer) {
    if (judge_answer(request.pdu, answer->pdu) == AnswerKind::right) {
      if (told_apart) forget_before(request);
      return {std::move(answer->pdu), sent, quiet_since_};
    }
    const std::uint8_t code = answer->pdu[1];
    if (is_gateway_silence(code)) throw no_answer(request);
    if (told_apart) forget_before(request);
    throw ExceptionAnswer(request, code);
  }
  remember(request, sent);
  if (seen.garbled) throw Fault(*seen.garbled);
  if (seen.wrong_unit) throw answered_by_other(request, *seen.wrong_unit);
  if (seen.wrong_answer) throw wrong_answer(request, *seen.wrong_answer);
  throw no_answer(request);
}

void ModbusLine::reopen(const Deadline& deadline) { port_.reopen(deadline); }

}  // namespace plugrig::modbus
