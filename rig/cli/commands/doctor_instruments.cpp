#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "rig/cli/commands/bench_session.hpp"
#include "rig/cli/commands/doctor_parts.hpp"
#include "sequences/steps/power/certificate.hpp"

namespace plugrig::cli {
namespace {

constexpr Duration kAnswerLimit = std::chrono::seconds{5};
/// An input counts for 200 ms from the request on, and the gate reads several in a row.
constexpr Duration kSlowBoard = std::chrono::milliseconds{50};

double milliseconds_of(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

/// The bench with this instrument alone. A simulated one keeps its slots: they are its world.
bench::BenchSpec alone(const bench::BenchSpec& bench, const bench::InstrumentSpec& instrument) {
  auto one = bench;
  one.instruments = {instrument};
  one.mains.reset();
  one.load.reset();
  if (instrument.link != bench::InstrumentSpec::Link::twin) one.slots.clear();
  return one;
}

std::string value_text(const std::optional<double>& value, int digits, std::string_view unit) {
  return value ? fmt::format("{:.{}f} {}", *value, digits, unit) : fmt::format("no {}", unit);
}

void examine_certificate(const MeterInfo& info, UtcTime now, const HealthReport& report) {
  const auto add = [&](Health::Is is, std::string found, std::string next) {
    report({is, info.name, "certificate", std::move(found), std::move(next)});
  };
  if (!info.certificate || info.certificate->number.empty()) {
    add(Health::Is::warn, "none: no reading of this bench can be certified.",
        "State its calibration certificate in the bench file (certificate: FILE).");
    return;
  }
  const auto& certificate = *info.certificate;
  const auto due = steps::overdue_from(certificate.due, std::chrono::minutes{0});
  if (!due || due->unix_ms <= now.unix_ms) {
    add(Health::Is::warn,
        due ? fmt::format("{} is overdue since {}.", certificate.number, certificate.due)
            : fmt::format("{} states no due date, which counts as overdue.", certificate.number),
        "Have the meter calibrated, or enter the new certificate.");
    return;
  }
  add(Health::Is::ok,
      fmt::format("{} of {}, due {}", certificate.number, certificate.calibrated, certificate.due),
      "");
}

void examine_meter(PowerMeter& meter, Clock& clock, Console& console, const HealthReport& report) {
  const auto& info = meter.info();
  looked(info.name, "reading", report, [&] {
    const auto asked = clock.now();
    const auto reading = meter.read({asked + kAnswerLimit, console.stop});
    const auto answered = clock.now();
    const bool complete = reading.voltage_V && reading.current_A && reading.power_W;
    report({complete ? Health::Is::ok : Health::Is::warn, info.name, "reading",
            fmt::format("{}: {}, {}, {}; {:.0f} ms old, answered in {:.1f} ms", info.model,
                        value_text(reading.voltage_V, 1, "V"),
                        value_text(reading.current_A, 3, "A"), value_text(reading.power_W, 1, "W"),
                        milliseconds_of(answered - reading.at), milliseconds_of(answered - asked)),
            complete ? ""
                     : "The meter answers and gives no value: look at its display for over-range "
                       "or a missing phase."});
  });
  examine_certificate(info, clock.utc(), report);
}

/// Numbers of `count` things for which `is` holds: "1, 4"; "none".
std::string numbers_where(int count, const std::function<bool(int)>& is) {
  std::string numbers;
  for (int number = 1; number <= count; ++number)
    if (is(number)) numbers += fmt::format("{}{}", numbers.empty() ? "" : ", ", number);
  return numbers.empty() ? "none" : numbers;
}

void examine_board(RelayBoard& board, Clock& clock, Console& console, const HealthReport& report) {
  looked(board.name(), "relays", report, [&] {
    const auto on = numbers_where(board.relays(), [&](int relay) {
      return board.reads_on(relay, {clock.now() + kAnswerLimit, console.stop});
    });
    const bool off = on == "none";
    report(
        {off ? Health::Is::ok : Health::Is::warn, board.name(), "relays",
         off ? fmt::format("all {} are off", board.relays())
             : fmt::format("{} of {} are on, and no run of this program is going on.", on,
                           board.relays()),
         off ? "" : "Find out what switched them on, and switch them off before a unit goes in."});
  });
  if (board.inputs() == 0) return;
  looked(board.name(), "inputs", report, [&] {
    const auto asked = clock.now();
    const auto closed = numbers_where(board.inputs(), [&](int input) {
      return board.input_closed(input, {clock.now() + kAnswerLimit, console.stop});
    });
    const auto each = (clock.now() - asked) / board.inputs();
    const bool fast = each <= kSlowBoard;
    report({fast ? Health::Is::ok : Health::Is::warn, board.name(), "inputs",
            fmt::format("closed now: {}; {:.1f} ms each", closed, milliseconds_of(each)),
            fast ? ""
                 : "Safety inputs count for 200 ms: give the board a line of its own and a higher "
                   "rate."});
  });
}

}  // namespace

void examine_instrument(const bench::BenchSpec& bench, const bench::InstrumentSpec& instrument,
                        Console& console, const HealthReport& report) {
  if (instrument.link == bench::InstrumentSpec::Link::person) {
    report({Health::Is::ok, instrument.name, "reading", "read by a person, who was not asked", ""});
    return;
  }
  looked(instrument.name, "connection", report, [&] {
    BenchSession session(alone(bench, instrument), {.factor = 0, .answers = ""}, console);
    for (const auto& [name, meter] : session.bench().meters)
      examine_meter(*meter, session.clock(), console, report);
    for (const auto& [name, board] : session.bench().boards)
      examine_board(*board, session.clock(), console, report);
  });
}

}  // namespace plugrig::cli
