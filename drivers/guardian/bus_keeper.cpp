#include "drivers/guardian/bus_keeper.hpp"

#include <algorithm>
#include <utility>

#include "drivers/guardian/switch_off.hpp"

namespace plugrig::guardian {
namespace {

/// A request of the rig waits for the line no longer than a response may take there, and for a lost
/// port.
constexpr Duration longest_call = std::chrono::seconds{1};
constexpr Duration between_rounds = std::chrono::milliseconds{100};
constexpr int rounds_before_telling = 3;

Message reply_to(const Message& request, Status status = Status::done) {
  return {.kind = Kind::reply, .status = status, .number = request.number};
}

void put_u64(std::vector<std::uint8_t>& into, std::uint64_t number) {
  for (unsigned shift = 0; shift < 64; shift += 8)
    into.push_back(static_cast<std::uint8_t>(number >> shift & 0xFFU));
}

}  // namespace

void Watchfulness::switch_off(const std::string& why) {
  lease_.lose();
  {
    const std::lock_guard lock(mutex_);
    if (!why.empty() && !std::exchange(told_, true) && options_.say) options_.say(why);
  }
  off_.request_stop();
}

void Watchfulness::end(const std::string& why) {
  switch_off(why);
  end_.request_stop();
}

void Watchfulness::say(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (options_.say) options_.say(text);
}

BusKeeper::BusKeeper(Clock& clock, GuardedBus& bus, Watchfulness& shared)
    : clock_(clock), bus_(bus), shared_(shared), channel_(std::move(bus.channel)) {}

void BusKeeper::open() {
  try {
    port_ = bus_.open();
  } catch (const Fault& fault) {
    not_opened_ = fault;
  }
}

void BusKeeper::run() {
  open();
  try {
    // Why the rig has gone, the lease's connection tells.
    if (!forward()) shared_.switch_off("");
  } catch (const std::exception& error) {
    // No memory, for one: the rig is of no use any more, the relays are what counts.
    channel_.close();
    shared_.switch_off(error.what());
  }
  hold_off();
}

bool BusKeeper::forward() {
  const std::stop_token off = shared_.off();
  try {
    for (;;) {
      if (const auto request = channel_.receive(clock_, {Instant::max(), off}))
        answer(*request, off);
    }
  } catch (const Stopped&) {
    return true;
  } catch (const ChannelClosed&) {
    return false;
  }
}

bool BusKeeper::alone() const { return !channel_.open() || shared_.ending().stop_requested(); }

void BusKeeper::hold_off() {
  const Instant give_up =
      clock_.now() + (shared_.lease().used() ? shared_.give_up() : Duration::zero());
  for (;;) {
    if (!proven_) round();
    if (alone() && (proven_ || clock_.now() >= give_up)) return;
    try {
      const Instant next = proven_ ? Instant::max() : clock_.now() + between_rounds;
      if (alone()) {
        clock_.wait({}, {next, {}});
      } else {
        serve_until(next);
      }
    } catch (const Stopped&) {  // the end is near: as nobody could be served
    } catch (const std::exception&) {
      // The rig has gone after all, and what it asked for last may have been anything.
      channel_.close();
      proven_ = false;
    }
  }
}

void BusKeeper::serve_until(Instant end) {
  while (const auto request = channel_.receive(clock_, {end, shared_.ending()}))
    answer(*request, {});
}

void BusKeeper::round() {
  if (!port_) open();
  if (!port_) {
    // Nothing of this bus was switched on through this process.
    proven_ = !shared_.lease().used();
    return;
  }
  const OffRound done = switch_off(*port_, bus_.plan, clock_);
  proven_ = done.proven;
  // One lost answer costs a round and is nobody's concern.
  if (!proven_ && ++unproven_ >= rounds_before_telling && done.trouble != told_trouble_) {
    told_trouble_ = done.trouble;
    shared_.say(bus_.plan.name + ": not off yet: " + told_trouble_);
  }
}

void BusKeeper::answer(const Message& request, const std::stop_token& stop) {
  Message reply;
  try {
    reply = carry_out(request, stop);
  } catch (const Fault& fault) {
    reply = reply_to(request, Status::fault);
    reply.body = fault_body(fault);
  } catch (const Stopped&) {
    channel_.send(reply_to(request, Status::refused));
    throw;
  }
  channel_.send(reply);
}

Message BusKeeper::carry_out(const Message& request, const std::stop_token& stop) {
  if (request.kind == Kind::hello) {
    Message reply = introduce();
    reply.number = request.number;
    return reply;
  }
  if (!port_) throw Fault(*not_opened_);
  const Deadline deadline{
      clock_.now() + std::min<Duration>(longest_call, std::chrono::milliseconds{request.wait_ms}),
      stop};
  switch (request.kind) {
    case Kind::flush:
      port_->flush();
      return reply_to(request);
    case Kind::send: {
      const ModbusFrame frame{request.unit, request.body};
      if (!may_be_sent(frame)) return reply_to(request, Status::refused);
      port_->send(frame, deadline);
      return reply_to(request);
    }
    case Kind::receive: {
      const auto frame = port_->receive(deadline);
      if (!frame) return reply_to(request, Status::nothing);
      Message reply = reply_to(request);
      reply.unit = frame->unit;
      reply.body = frame->pdu;
      return reply;
    }
    case Kind::reopen:
      port_->reopen(deadline);
      return reply_to(request);
    default:
      break;
  }
  channel_.close();  // not a word of this conversation
  throw ChannelClosed{};
}

bool BusKeeper::may_be_sent(const ModbusFrame& frame) {
  return only_reads_or_switches_off(bus_.plan, frame) || shared_.lease().take_for_on(clock_.now());
}

/// The rig's port must know what only the port itself does: wire times of one and of two bytes, and
/// whether answers name their requests.
Message BusKeeper::introduce() {
  if (!port_) throw Fault(*not_opened_);
  Message reply{.kind = Kind::reply};
  for (const std::size_t bytes : {1U, 2U})
    put_u64(reply.body, static_cast<std::uint64_t>(port_->wire_time(bytes).count()));
  reply.body.push_back(port_->answers_name_requests() ? 1 : 0);
  return reply;
}

}  // namespace plugrig::guardian
