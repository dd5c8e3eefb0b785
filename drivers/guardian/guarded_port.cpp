#include "drivers/guardian/guarded_port.hpp"

#include <algorithm>
#include <utility>

namespace plugrig::guardian {
namespace {

/// The guardian opens a bus within this: a TCP connection may take 3 s.
constexpr Duration open_limit = std::chrono::seconds{5};
/// What the way to the guardian and back may cost on a busy machine, beside the call itself.
constexpr Duration way_limit = std::chrono::milliseconds{500};
constexpr Duration longest_call = std::chrono::seconds{1};
constexpr std::size_t introduction_size = 17;

Fault bus_lost(const BusPlan& plan) {
  return {"modbus.lost", Blame::host,
          plan.name + " was lost: the guardian process that owns it does not answer.",
          "Start the run again; if it happens again, look at the computer's memory and load."};
}

std::uint64_t u64_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (unsigned i = 0; i < 8; ++i) number |= static_cast<std::uint64_t>(bytes[at + i]) << (8 * i);
  return number;
}

std::uint32_t wait_ms(const Clock& clock, const Deadline& deadline) {
  const Duration left =
      std::clamp<Duration>(deadline.at - clock.now(), Duration::zero(), longest_call);
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(left).count());
}

}  // namespace

GuardedPort::GuardedPort(Clock& clock, GuardianLink& link, const BusPlan& plan, UniqueFd channel,
                         std::function<std::unique_ptr<ModbusPort>()> open_directly)
    : clock_(clock),
      link_(link),
      plan_(plan),
      channel_(std::move(channel)),
      open_directly_(std::move(open_directly)) {
  const Message reply = call({.kind = Kind::hello}, {clock_.now() + open_limit, {}});
  if (reply.body.size() != introduction_size) lose(guardian_lost());
  const auto one = Duration{static_cast<Duration::rep>(u64_at(reply.body, 0))};
  const auto two = Duration{static_cast<Duration::rep>(u64_at(reply.body, 8))};
  wire_time_of_first_ = one;
  wire_time_of_more_ = two - one;
  answers_name_requests_ = reply.body[16] != 0;
}

void GuardedPort::lose(const Fault& why) {
  channel_.close();
  link_.give_up(why);
  throw bus_lost(plan_);
}

Message GuardedPort::call(Message request, const Deadline& deadline) {
  if (link_.gone() || !channel_.open()) lose(guardian_lost());
  request.number = ++number_;
  request.wait_ms = wait_ms(clock_, deadline);
  const Instant end = clock_.now() + std::chrono::milliseconds{request.wait_ms} + way_limit;
  const Instant until = request.kind == Kind::hello ? deadline.at : end;
  try {
    channel_.send(request);
    while (auto reply = channel_.receive(clock_, {until, deadline.stop})) {
      // Replies to calls that were stopped come late and count for nothing.
      if (reply->kind != Kind::reply || reply->number != request.number) continue;
      if (reply->status == Status::fault) throw fault_of(reply->body);
      if (reply->status == Status::refused) {
        link_.lease_is_lost();
        throw Fault(link_.broken().value_or(guardian_lost()));
      }
      return std::move(*reply);
    }
  } catch (const ChannelClosed&) {
    lose(guardian_lost());
  }
  lose({"guardian.silent", Blame::host,
        "The guardian process that owns the mains relays does not answer.",
        "Look what holds the computer up (load, memory, a stopped process); start the run again."});
}

ModbusPort& GuardedPort::direct() {
  if (!direct_) throw bus_lost(plan_);
  return *direct_;
}

void GuardedPort::flush() {
  if (link_.gone()) return direct().flush();
  call({.kind = Kind::flush}, {clock_.now(), {}});
}

void GuardedPort::send(const ModbusFrame& request, const Deadline& deadline) {
  if (link_.gone()) {
    if (!only_reads_or_switches_off(plan_, request))
      throw Fault(link_.broken().value_or(guardian_lost()));
    return direct().send(request, deadline);
  }
  call({.kind = Kind::send, .unit = request.unit, .body = request.pdu}, deadline);
}

std::optional<ModbusFrame> GuardedPort::receive(const Deadline& deadline) {
  if (link_.gone()) return direct().receive(deadline);
  Message reply = call({.kind = Kind::receive}, deadline);
  if (reply.status == Status::nothing) return std::nullopt;
  return ModbusFrame{reply.unit, std::move(reply.body)};
}

Duration GuardedPort::wire_time(std::size_t pdu_bytes) const {
  return wire_time_of_first_ + wire_time_of_more_ * (static_cast<Duration::rep>(pdu_bytes) - 1);
}

void GuardedPort::reopen(const Deadline& deadline) {
  if (!link_.gone()) {
    call({.kind = Kind::reopen}, deadline);
    return;
  }
  if (direct_) {
    direct_->reopen(deadline);
    return;
  }
  try {
    direct_ = open_directly_();
  } catch (const Fault& fault) {
    throw bus_lost(plan_).add({"opening it from here", fault.happened()});
  }
}

}  // namespace plugrig::guardian
