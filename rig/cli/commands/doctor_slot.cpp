#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <system_error>

#include "drivers/serial/ftdi/uart.hpp"
#include "drivers/serial/tty_lookup.hpp"
#include "rig/cli/commands/bench_session.hpp"
#include "rig/cli/commands/doctor_parts.hpp"
#include "rig/cli/commands/one_slot.hpp"

namespace plugrig::cli {

namespace fs = std::filesystem;

namespace {

using Kind = bench::PortSpec::Kind;

constexpr Duration kOpenLimit = std::chrono::seconds{10};
constexpr Duration kAnswerLimit = std::chrono::seconds{2};
/// Age at which the reading of a safety input is refused (design §7.1).
constexpr Duration kInputAge = std::chrono::milliseconds{200};
/// Answers wait for the adapter's latency timer; the rig sets 1 ms.
constexpr int kLatencyTimer_ms = 2;
/// A control request takes about 1 ms at full speed, less at high speed (FTDI facts, section 2).
constexpr Duration kSlowRequest = std::chrono::milliseconds{5};
constexpr int kRequests = 32;

double milliseconds_of(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

/// One slot, looked at from the outside in.
class SlotDoctor {
 public:
  SlotDoctor(const bench::BenchSpec& bench, std::size_t index, Console& console,
             const HealthReport& report)
      : bench_(bench),
        slot_(bench.slots.at(index)),
        index_(index),
        console_(console),
        report_(report) {}

  void examine() {
    if (slot_.has_port && slot_.port.kind == Kind::tty && !examine_tty()) return;
    looked(slot_.name, "bench", report_, [this] {
      BenchSession session(only_what_is_needed(bench_, index_), {.factor = 0, .answers = ""},
                           console_);
      examine_inputs(session);
      if (slot_.has_port) examine_port(session);
      examine_cover(session);
    });
  }

 private:
  void add(Health::Is is, std::string check, std::string found, std::string next = {}) const {
    report_({is, slot_.name, std::move(check), std::move(found), std::move(next)});
  }
  void ok(std::string check, std::string found) const {
    add(Health::Is::ok, std::move(check), std::move(found));
  }

  /// A link that udev makes leads to the device's own name: "ttyUSB0".
  [[nodiscard]] fs::path tty_in_sysfs() const {
    std::error_code ignored;
    const auto device = fs::canonical(slot_.port.address, ignored);
    return fs::path("/sys/class/tty") / device.filename() / "device";
  }

  /// False: there is no use in going on.
  bool examine_tty() {
    const auto& device = slot_.port.address;
    if (std::error_code ignored; !fs::exists(device, ignored)) {
      const auto near = serial::serial_ports_near(device);
      add(Health::Is::fail, "port", fmt::format("There is no {}.", device),
          near.empty() ? "Plug the adapter in; no serial port is there at all."
                       : fmt::format("Plug the adapter in, or name another port: {}.",
                                     fmt::join(near, ", ")));
      return false;
    }
    if (const auto holder = serial::find_holder(device)) {
      add(Health::Is::fail, "port",
          fmt::format("{} is held by {} (process {}).", device,
                      holder->command.empty() ? "a program" : holder->command, holder->pid),
          "End that program.");
      return false;
    }
    std::error_code ignored;
    const auto driver = fs::read_symlink(tty_in_sysfs() / "driver", ignored).filename().string();
    ok("port", driver.empty() ? device : fmt::format("{}, kernel driver {}", device, driver));
    return true;
  }

  /// Inputs carry their slot's name: "F1 guard".
  [[nodiscard]] std::string without_slot(const std::string& input) const {
    const auto prefix = slot_.name + " ";
    return input.starts_with(prefix) ? input.substr(prefix.size()) : input;
  }

  void examine_inputs(BenchSession& session) const {
    if (session.gate() == nullptr) return;
    for (const auto& look : session.gate()->look_at_inputs(slot_.name)) {
      const auto check = without_slot(look.name);
      if (look.fault) {
        report_(failed(slot_.name, check, *look.fault));
      } else if (look.by_hand) {
        ok(check, "a person looks, and was not asked");
      } else if (look.took > kInputAge) {
        add(Health::Is::fail, check,
            fmt::format("answered after {:.0f} ms, and counts for {:.0f} ms only.",
                        milliseconds_of(look.took), milliseconds_of(kInputAge)),
            "Give its board a line of its own and a higher rate.");
      } else {
        ok(check,
           fmt::format("{} now, read in {:.1f} ms", look.closed.value_or(false) ? "closed" : "open",
                       milliseconds_of(look.took)));
      }
    }
  }

  void examine_port(BenchSession& session) const {
    LowVoltageLease lease;
    const bool off = looked(slot_.name, "mains", report_, [&] {
      auto* gate = session.gate();
      if (gate == nullptr || !gate->has_slot(slot_.name)) return;
      lease = gate->lock_for_low_voltage(slot_.name);
      ok("mains", "proven off, and locked while the port is open");
    });
    if (!off) return;
    auto& port = *session.bench().slot(slot_.name).port;
    looked(slot_.name, "open", report_, [&] {
      auto& clock = session.clock();
      const auto asked = clock.now();
      const auto devices = port.open({asked + kOpenLimit, console_.stop});
      ok("open",
         fmt::format("{} opened in {:.0f} ms", port_text(), milliseconds_of(clock.now() - asked)));
      examine_rate(*devices.uart);
      examine_latency(*devices.uart, clock);
    });
    port.close();
  }

  [[nodiscard]] std::string port_text() const {
    if (slot_.port.kind == Kind::twin) return "simulated port";
    return slot_.port.kind == Kind::rfc2217 ? "rfc2217://" + slot_.port.address
                                            : slot_.port.address;
  }

  void examine_rate(Uart& uart) const {
    looked(slot_.name, "rate", report_, [&] {
      uart.set_baud(slot_.baud);
      auto text = fmt::format("{} bit/s", slot_.baud);
      if (auto* adapter = dynamic_cast<ftdi::FtdiUart*>(&uart))
        text += achieved_text(adapter->channel()->adapter());
      ok("rate", text);
    });
  }

  [[nodiscard]] std::string achieved_text(const ftdi::AdapterInfo& adapter) const {
    if (!adapter.chip) return {};
    const auto rate = ftdi::nearest_rate(*adapter.chip, slot_.baud);
    if (!rate) return {};
    return fmt::format(": the {} makes {:.0f}, {:+.2f} %", ftdi::facts_of(*adapter.chip).name,
                       rate->achieved, rate->error() * 100);
  }

  void examine_latency(Uart& uart, Clock& clock) const {
    looked(slot_.name, "latency", report_, [&] {
      if (auto* adapter = dynamic_cast<ftdi::FtdiUart*>(&uart))
        examine_requests(*adapter->channel(), clock);
      else if (slot_.port.kind == Kind::rfc2217)
        examine_server(uart, clock);
      else if (slot_.port.kind == Kind::tty)
        examine_timer();
    });
  }

  void examine_requests(ftdi::Channel& channel, Clock& clock) const {
    const auto asked = clock.now();
    for (int i = 0; i < kRequests; ++i) channel.read_pins();
    const auto each = (clock.now() - asked) / kRequests;
    const bool fast = each <= kSlowRequest;
    add(fast ? Health::Is::ok : Health::Is::warn, "latency",
        fmt::format("{:.2f} ms a request to the adapter", milliseconds_of(each)),
        fast ? ""
             : "Plug the adapter into the computer itself, or into a hub with nothing else on it.");
  }

  void examine_server(Uart& uart, Clock& clock) const {
    const auto asked = clock.now();
    uart.drain({asked + kAnswerLimit, console_.stop});
    ok("latency",
       fmt::format("{:.1f} ms to the server and back", milliseconds_of(clock.now() - asked)));
  }

  /// Only USB adapters have one.
  void examine_timer() const {
    std::ifstream file(tty_in_sysfs() / "latency_timer");
    int timer_ms = 0;
    if (!(file >> timer_ms)) return;
    const bool fast = timer_ms <= kLatencyTimer_ms;
    add(fast ? Health::Is::ok : Health::Is::warn, "latency",
        fmt::format("the adapter holds answers back for {} ms", timer_ms),
        fast ? ""
             : "Name the adapter in the bench file (adapters: …, uart: NAME.A), which needs no "
               "setting; or as root: setserial DEVICE low_latency.");
  }

  /// What a person must know of this slot's safety.
  void examine_cover(BenchSession& session) const {
    auto* gate = session.gate();
    if (gate == nullptr || !gate->has_slot(slot_.name)) return;
    for (const auto& line : gate->not_covered(slot_.name))
      add(Health::Is::warn, "not covered", line,
          "A person must know it; hardware that switches off by itself would cover it.");
    const bool by_hand = slot_.mains && slot_.mains->by_person();
    if (slot_.mains_sense || by_hand) return;
    const bool auxiliary = bench_.mains && bench_.mains->contactor_auxiliary;
    add(Health::Is::warn, "not covered",
        auxiliary ? "no mains sense: off is proven by the contactor alone, for all slots at once."
                  : "no mains sense: off can never be proven, and a person must confirm it.",
        "Add an input that sees voltage at the slot (mains_sense: BOARD.inN).");
  }

  const bench::BenchSpec& bench_;
  const bench::SlotSpec& slot_;
  const std::size_t index_;
  Console& console_;
  const HealthReport& report_;
};

}  // namespace

void examine_slot(const bench::BenchSpec& bench, std::size_t slot, Console& console,
                  const HealthReport& report) {
  SlotDoctor(bench, slot, console, report).examine();
}

}  // namespace plugrig::cli
