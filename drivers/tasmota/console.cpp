#include "drivers/tasmota/console.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "drivers/api/line_errors.hpp"
#include "drivers/tasmota/json_text.hpp"
#include "drivers/tasmota/plug_faults.hpp"

namespace plugrig::tasmota {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t console_baud = 115'200;
constexpr std::size_t longest_line = 799;  ///< characters (Tasmota notes §2)
constexpr std::string_view overrun_text = "Serial buffer overrun";
constexpr std::string_view restarting_text = "Restarting";
/// The firmware cuts the echo of very long lines; this much of one proves it.
constexpr std::size_t proving_echo = 100;
/// For the echo of an empty line: a pass of the plug's main loop takes 50 ms.
constexpr Duration flush_limit = 300ms;
/// For a whole answer after a broken one.
constexpr Duration after_broken = 1s;
constexpr std::size_t evidence_bytes = 4096;

bool is_echo_of(std::string_view body, std::string_view line) {
  while (body.ends_with(' ')) body.remove_suffix(1);
  while (line.ends_with(' ')) line.remove_suffix(1);
  return body == line || (body.size() >= proving_echo && line.starts_with(body));
}

/// The line for the plug; refused when the console would drop or cut it.
std::string line_of(std::string_view name, std::string_view argument) {
  std::string line(name);
  if (!argument.empty()) line += fmt::format(" {}", argument);
  const auto storable = [](char c) { return c >= 32 && c <= 126; };
  if (!std::ranges::all_of(line, storable)) {
    throw not_sendable(name, "the serial console takes no characters beyond ASCII",
                       "Send it over the network, or choose another value.");
  }
  if (line.size() > longest_line) {
    throw not_sendable(
        name,
        fmt::format("the line has {} characters, the console takes {}", line.size(), longest_line),
        "Split it into several commands.");
  }
  return line;
}

bool is_broken_answer(const ConsoleLine& line) { return line.payload.starts_with('{'); }

/// A line that may have been an answer: without stamp, or a message without its name.
bool is_damaged(const ConsoleLine& line) {
  return !line.stamped || ((line.tag == "RSL" || line.tag == "MQT") && line.message.empty() &&
                           line.body.find('{') != std::string::npos);
}

}  // namespace

SerialConsole::SerialConsole(Uart& uart, Clock& clock, ConsoleOptions options)
    : uart_(uart), clock_(clock), options_(options) {}

nlohmann::json SerialConsole::command(std::string_view name, std::string_view argument,
                                      const Deadline& deadline) {
  const std::string line = line_of(name, argument);
  AnswerCollector collector(name, argument);
  Outcome outcome = Outcome::silent;
  for (int attempt = 0; attempt < 2; ++attempt) {
    prepare(deadline);
    collector.clear();
    send_line(line, deadline);
    outcome = await_answer({.line = line, .query = argument.empty(), .last_try = attempt == 1},
                           collector, deadline);
    if (outcome == Outcome::answered || outcome == Outcome::silent) break;
    prepared_ = false;  // flush what a damaged line left in the plug
  }
  if (outcome != Outcome::answered) throw no_answer(name, outcome);
  if (collector.refusal() == AnswerRules::Refusal::unknown) throw refused_unknown(name, evidence());
  if (collector.refusal() == AnswerRules::Refusal::error) throw refused_error(name, evidence());
  return collector.members();
}

std::optional<std::string> SerialConsole::wait_line(const std::vector<std::string>& parts,
                                                    const Deadline& deadline) {
  tune();
  while (const auto line = next_line(deadline)) {
    const bool hit = std::ranges::any_of(
        parts, [&](const std::string& part) { return line->text.find(part) != std::string::npos; });
    if (hit) return line->text;
  }
  return std::nullopt;
}

void SerialConsole::restart() {
  tune();
  uart_.discard_input();
  assembler_.reset();
  lines_.clear();
  prepared_ = false;
}

void SerialConsole::tune() {
  if (uart_.baud() != console_baud) uart_.set_baud(console_baud);
}

void SerialConsole::prepare(const Deadline& deadline) {
  tune();
  skip_received();
  if (prepared_) return;
  send_line("", deadline);
  const Deadline limit = deadline.no_later_than(clock_.now() + flush_limit);
  while (const auto line = next_line(limit)) {
    if (line->tag == "CMD" && line->body.find_first_not_of(' ') == std::string::npos) break;
  }
  prepared_ = true;
}

void SerialConsole::send_line(std::string_view line, const Deadline& deadline) {
  transcript_.sent(clock_.now(), line);
  const std::string text = std::string(line) + '\n';
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  std::span<const std::uint8_t> rest(bytes);
  while (!rest.empty()) {
    const auto chunk = rest.first(std::min(rest.size(), options_.chunk_bytes));
    rest = rest.subspan(chunk.size());
    uart_.write(chunk, deadline);
    uart_.drain(deadline);
    if (!rest.empty()) clock_.sleep_for(options_.chunk_gap, deadline);
  }
}

/// What is known while an answer is awaited.
struct SerialConsole::Wait {
  bool echoed = false;
  bool damaged = false;     ///< an echo that is not our line
  bool broken = false;      ///< a message that was no JSON any more
  bool restarting = false;  ///< the plug said that it restarts
  Instant until = Instant::max();
};

SerialConsole::Outcome SerialConsole::await_answer(const Sent& sent, AnswerCollector& collector,
                                                   const Deadline& deadline) {
  Wait wait;
  const Instant echo_by = clock_.now() + options_.echo_limit;
  wait.until = sent.last_try ? Instant::max() : echo_by;
  for (;;) {
    const auto line = next_line(deadline.no_later_than(wait.until));
    if (!line) return at_end(wait, collector, deadline);
    if (line->banner) throw restarted();
    if (line->tag == "CMD") {
      if (line->body.find(overrun_text) != std::string::npos) return Outcome::overrun;
      see_echo(*line, sent, wait);
    } else if (is_damaged(*line)) {
      see_damage(wait);
    } else if (line->tag == "APP" && line->body.find(restarting_text) != std::string::npos) {
      wait.restarting = true;
    } else if (!line->message.empty()) {
      if (const auto ended = see_message(*line, wait, collector)) return *ended;
    }
    if (wait.echoed && collector.rules().unanswered()) return Outcome::answered;
  }
}

void SerialConsole::see_damage(Wait& wait) {
  wait.broken = true;
  wait.until = std::min(wait.until, clock_.now() + after_broken);
}

void SerialConsole::see_echo(const ConsoleLine& line, const Sent& sent, Wait& wait) {
  if (line.body.find_first_not_of(' ') == std::string::npos) return;
  if (is_echo_of(line.body, sent.line)) {
    wait.echoed = true;
    // What has arrived is not sent again for mere silence, unless it only asks.
    if (!sent.query) wait.until = Instant::max();
  } else {
    wait.damaged = true;
  }
}

std::optional<SerialConsole::Outcome> SerialConsole::see_message(const ConsoleLine& line,
                                                                 Wait& wait,
                                                                 AnswerCollector& collector) {
  // A command without an answer of its own, whose echo was lost, still makes others answer.
  if (collector.rules().unanswered()) {
    return line.message == "RESULT" ? std::optional(Outcome::answered) : std::nullopt;
  }
  const auto payload = parse_object(line.payload);
  if (!payload) {
    if (is_broken_answer(line)) see_damage(wait);
    return std::nullopt;
  }
  if (collector.take(line.message, *payload)) {
    if (collector.refusal() != AnswerRules::Refusal::none || collector.complete()) {
      return Outcome::answered;
    }
    wait.until = clock_.now() + options_.quiet;
    return std::nullopt;
  }
  // A refusal of something that nobody sent: our line arrived damaged.
  const bool stranger = payload->contains("Command") && wait.damaged && !wait.echoed;
  return stranger ? std::optional(Outcome::damaged) : std::nullopt;
}

SerialConsole::Outcome SerialConsole::at_end(const Wait& wait, const AnswerCollector& collector,
                                             const Deadline& deadline) {
  if (collector.any()) return Outcome::answered;
  if (wait.restarting) throw restarted();
  if (wait.broken) return Outcome::damaged;
  if (clock_.now() >= deadline.at) return wait.damaged ? Outcome::damaged : Outcome::silent;
  return Outcome::no_echo;
}

std::optional<ConsoleLine> SerialConsole::next_line(const Deadline& deadline) {
  while (lines_.empty()) {
    if (!fill(deadline)) return std::nullopt;
  }
  ConsoleLine line = std::move(lines_.front());
  lines_.pop_front();
  return line;
}

bool SerialConsole::fill(const Deadline& deadline) {
  std::array<std::uint8_t, 256> bytes{};
  const std::size_t count = uart_.read(bytes, deadline);
  if (count == 0) return false;
  const std::size_t known = lines_.size();
  assembler_.feed(std::span(bytes).first(count), lines_);
  for (std::size_t i = known; i < lines_.size(); ++i) {
    transcript_.received(clock_.now(), lines_[i].text);
  }
  return true;
}

void SerialConsole::skip_received() {
  constexpr int most_reads = 64;  // a plug that never pauses must not hold the command up
  const Deadline at_once{.at = clock_.now(), .stop = {}};
  for (int i = 0; i < most_reads && fill(at_once); ++i) {
  }
  lines_.clear();
}

std::vector<Evidence> SerialConsole::evidence() const {
  std::vector<Evidence> out{{"console", transcript_.tail(evidence_bytes)}};
  if (assembler_.dropped() > 0) {
    out.push_back({"not understood", fmt::format("{} bytes", assembler_.dropped())});
  }
  for (Evidence& piece : line_errors_of(uart_)) out.push_back(std::move(piece));
  return out;
}

Fault SerialConsole::restarted() const {
  return {"plug.restarted", Blame::unit, "The plug restarted instead of answering.",
          "Check the 3.3 V supply and its contacts; if it happens again the plug is faulty.",
          evidence()};
}

Fault SerialConsole::no_answer(std::string_view name, Outcome outcome) const {
  switch (outcome) {
    case Outcome::overrun:
      return {"plug.overrun", Blame::contact,
              fmt::format("The plug's receiver overran twice while it took {}.", name),
              "Check the RX contact: a floating or disturbed line fills the receiver.", evidence()};
    case Outcome::damaged:
      return {"plug.garbled", Blame::contact,
              fmt::format("{} or its answer arrived damaged, twice.", name),
              "Clean and check the TX, RX and GND contacts.", evidence()};
    default:
      return {"plug.silent", Blame::contact, fmt::format("The plug did not answer {}.", name),
              "Check the TX and RX contacts and that the plug has booted.", evidence()};
  }
}

}  // namespace plugrig::tasmota
