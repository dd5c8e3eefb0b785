#include "drivers/serial/rfc2217_port.hpp"

#include <algorithm>
#include <cmath>

#include "drivers/serial/tcp_connect.hpp"

namespace plugrig::serial {

namespace {

/// Two stations may differ by about 3 % (ESP8266 flashing notes, baud rates); the adapter's share.
constexpr double max_rate_error = 0.02;

/// Data bytes encoded at a time: what may still go out after a write that ran out of time.
constexpr std::size_t write_chunk = 1024;

/// A server that answers line requests late, after the answers to later requests.
constexpr Duration late_line_answers = std::chrono::milliseconds{200};

constexpr Duration close_limit = std::chrono::milliseconds{300};

std::uint8_t control_value(const LineChange& change) {
  if (change.signal == Signal::dtr) {
    return change.asserted ? com_port::control_dtr_on : com_port::control_dtr_off;
  }
  return change.asserted ? com_port::control_rts_on : com_port::control_rts_off;
}

Duration wire_time(std::size_t bytes, std::uint32_t baud) {
  constexpr std::uint64_t bits_per_byte = 10;  // 8N1
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>(bytes * bits_per_byte * 1'000'000'000 / std::max(baud, 1U)));
}

}  // namespace

Rfc2217Port::Rfc2217Port(const Clock& clock, const Rfc2217Options& options,
                         const Deadline& deadline)
    : clock_(clock), name_(options.address), answer_limit_(options.answer_limit) {
  const TcpAddress address = parse_tcp_address(options.address);
  socket_ = connect_tcp(clock_, address, deadline);
  negotiate(deadline);
  set_up(options.baud, deadline);
  ready_ = true;
}

Rfc2217Port::~Rfc2217Port() {
  if (lost_ || !ready_) return;
  try {
    const Deadline limit{clock_.now() + close_limit, {}};
    answers_.clear();
    append_com_port(out_, com_port::set_control, com_port::control_dtr_off);
    append_com_port(out_, com_port::set_control, com_port::control_rts_off);
    // Closing a socket with unread input throws away what it has not sent: so the answers are
    // awaited although nobody needs them.
    wait_until(
        [this] {
          return answered(com_port::set_control, com_port::control_dtr_off) &&
                 answered(com_port::set_control, com_port::control_rts_off);
        },
        limit);
  } catch (const std::exception&) {
    // Gone already: a server releases the lines itself when its client goes.
  }
}

// ---- opening

void Rfc2217Port::negotiate(const Deadline& deadline) {
  for (const std::uint8_t option :
       {telnet::option_com_port, telnet::option_binary, telnet::option_suppress_go_ahead}) {
    out_.insert(out_.end(), {telnet::iac, telnet::will, option, telnet::iac, telnet::do_, option});
  }
  const bool done = wait_until(
      [this] {
        return negotiated() || refused(telnet::option_com_port) || refused(telnet::option_binary);
      },
      answer_deadline(deadline));
  if (!done) throw not_supported("It did not answer the negotiation of telnet options");
  if (refused(telnet::option_com_port)) {
    throw not_supported("It speaks telnet but refuses the COM-PORT-OPTION");
  }
  if (refused(telnet::option_binary)) {
    throw not_supported("It refuses binary transmission");
  }
}

bool Rfc2217Port::agreed(std::uint8_t verb, std::uint8_t option) const {
  const auto found = heard_.find({verb, option});
  return found != heard_.end();
}

bool Rfc2217Port::negotiated() const {
  // "DO COM-PORT" is the agreement that counts: we send the requests of that option.
  return agreed(telnet::do_, telnet::option_com_port) &&
         agreed(telnet::do_, telnet::option_binary) && agreed(telnet::will, telnet::option_binary);
}

bool Rfc2217Port::refused(std::uint8_t option) const {
  if (option == telnet::option_com_port) return agreed(telnet::dont, option);
  return agreed(telnet::dont, option) || agreed(telnet::wont, option);
}

void Rfc2217Port::set_up(std::uint32_t baud, const Deadline& deadline) {
  answers_.clear();
  append_com_port(out_, com_port::set_control, com_port::control_dtr_off);
  append_com_port(out_, com_port::set_control, com_port::control_rts_off);
  append_com_port(out_, com_port::set_control, com_port::control_no_flow);
  append_com_port(out_, com_port::set_line_state_mask, 0);
  append_com_port(out_, com_port::set_modem_state_mask, 0);
  append_com_port(out_, com_port::set_data_size, 8);
  append_com_port(out_, com_port::set_parity, com_port::parity_none);
  append_com_port(out_, com_port::set_stop_size, com_port::stop_one);
  append_set_baud(out_, baud);
  const auto all = [this] {
    return answered(com_port::set_data_size) && answered(com_port::set_parity) &&
           answered(com_port::set_stop_size) && answered(com_port::set_baud);
  };
  if (!wait_until(all, answer_deadline(deadline))) throw no_answer("the settings of the port");
  check_rate(baud);
  baud_ = baud;
  if (!answered(com_port::set_data_size, 8) ||
      !answered(com_port::set_parity, com_port::parity_none) ||
      !answered(com_port::set_stop_size, com_port::stop_one)) {
    throw not_supported("It does not set the port to 8 data bits, no parity, one stop bit");
  }
  const auto lines = [this] {
    offered_ = {answered(com_port::set_control, com_port::control_dtr_off),
                answered(com_port::set_control, com_port::control_rts_off)};
    return offered_[0] && offered_[1];
  };
  wait_until(lines, deadline.no_later_than(clock_.now() + late_line_answers));
  discard_input();
}

// ---- Uart

void Rfc2217Port::write(std::span<const std::uint8_t> bytes, const Deadline& deadline) {
  const auto too_late = [this] {
    return Fault("serial.write.timeout", Blame::host,
                 "The serial server " + name_ + " did not take all bytes in time.",
                 "Check the network, and that nothing holds the port's flow control.");
  };
  while (!bytes.empty()) {
    if (!wait_until([this] { return !suspended_; }, deadline)) throw too_late();
    const auto chunk = bytes.first(std::min(bytes.size(), write_chunk));
    append_escaped(out_, chunk);
    wire_free_ = std::max(wire_free_, clock_.now()) + wire_time(chunk.size(), baud_);
    if (!flush(deadline)) throw too_late();
    bytes = bytes.subspan(chunk.size());
  }
}

void Rfc2217Port::drain(const Deadline& deadline) {
  answers_.clear();
  append_set_baud(out_, 0);  // a question only; its answer comes after all bytes have been read
  if (!wait_until([this] { return answered(com_port::set_baud); }, deadline)) {
    throw Fault("serial.write.timeout", Blame::host,
                "The serial server " + name_ + " did not send all bytes in time.",
                "Check the network, and that nothing holds the port's flow control.");
  }
  wait_until([this] { return clock_.now() >= wire_free_; }, deadline.no_later_than(wire_free_));
}

std::size_t Rfc2217Port::read(std::span<std::uint8_t> into, const Deadline& deadline) {
  if (into.empty()) return 0;
  if (deadline.stop.stop_requested()) throw Stopped{};
  if (in_.empty() && !wait_until([this] { return !in_.empty(); }, deadline)) return 0;
  const std::size_t count = std::min(into.size(), in_.size());
  const auto end = in_.begin() + static_cast<std::ptrdiff_t>(count);
  std::copy(in_.begin(), end, into.begin());
  in_.erase(in_.begin(), end);
  return count;
}

void Rfc2217Port::set_baud(std::uint32_t baud) {
  if (baud == 0) {
    throw Fault("serial.baud", Blame::config, "A rate of 0 bit/s was asked for.",
                "Give a rate above 0.");
  }
  drain({std::max(wire_free_, clock_.now()) + answer_limit_, {}});
  answers_.clear();
  append_set_baud(out_, baud);
  if (!wait_until([this] { return answered(com_port::set_baud); }, answer_deadline({}))) {
    throw no_answer("a change of the rate");
  }
  check_rate(baud);
  baud_ = baud;
}

void Rfc2217Port::discard_input() {
  answers_.clear();
  append_com_port(out_, com_port::purge, com_port::purge_received);
  if (!wait_until([this] { return answered(com_port::purge); }, answer_deadline({}))) {
    throw no_answer("a purge of the input");
  }
  in_.clear();  // whatever was on its way came before the answer
}

void Rfc2217Port::check_rate(std::uint32_t wanted) const {
  const std::uint32_t made = last_answer(com_port::set_baud);
  if (std::abs(static_cast<double>(made) - wanted) / wanted <= max_rate_error) return;
  throw Fault("serial.baud", Blame::host,
              "The port behind " + name_ + " made " + std::to_string(made) +
                  " bit/s of the wanted " + std::to_string(wanted) + ".",
              "Choose a rate that this adapter can make.");
}

// ---- ControlLines

bool Rfc2217Port::offers(Signal signal) const {
  return static_cast<std::size_t>(signal) < offered_.size() &&
         offered_.at(static_cast<std::size_t>(signal));
}

void Rfc2217Port::set(std::span<const LineChange> changes) {
  if (changes.empty()) return;
  const auto missing = [this](Signal signal) {
    return Fault("lines.missing", Blame::fixture,
                 "The port behind " + name_ + " has no " + std::string(to_string(signal)) +
                     " line, or its server does not move it.",
                 "Use an adapter with DTR and RTS, or a wiring that needs none.");
  };
  for (const LineChange& change : changes) {
    if (!offers(change.signal)) throw missing(change.signal);
  }
  answers_.clear();
  for (const LineChange& change : changes) {
    append_com_port(out_, com_port::set_control, control_value(change));
  }
  const auto opposite = [](const LineChange& change) {
    return control_value({change.signal, !change.asserted});
  };
  const auto told = [&] {
    return std::all_of(changes.begin(), changes.end(), [&](const LineChange& change) {
      return answered(com_port::set_control, control_value(change)) ||
             answered(com_port::set_control, opposite(change));
    });
  };
  if (!wait_until(told, answer_deadline({}))) throw no_answer("a change of DTR or RTS");
  for (const LineChange& change : changes) {
    if (!answered(com_port::set_control, control_value(change))) throw missing(change.signal);
  }
}

}  // namespace plugrig::serial
