#include "rig/cli/commands/run_scans.hpp"

#include <fmt/format.h>

#include <deque>
#include <fstream>
#include <type_traits>
#include <utility>

#include "drivers/operator/scanner.hpp"
#include "drivers/serial/tty_port.hpp"
#include "fixtures/build/built_bench.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::cli {
namespace {

/// What a person takes to lift the scanner and pull its trigger.
constexpr Duration kScanTime = std::chrono::seconds{2};

/// A person with a list: scans the next line when somebody waits for it.
class ScriptedScans final : public ScanSource {
 public:
  ScriptedScans(const std::string& file, ScanRouter& router, Clock& clock)
      : router_(router), clock_(clock) {
    std::ifstream stream(file);
    if (!stream) throw UsageError("cannot read the scans in " + file);
    for (std::string line; std::getline(stream, line);) {
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
      if (!line.empty() && line.front() != '#') lines_.push_back(std::move(line));
    }
  }

  std::optional<Scan> next(const Deadline& deadline) override {
    if (lines_.empty()) return std::nullopt;
    router_.wait_expected(deadline);
    clock_.sleep_for(kScanTime, deadline);
    Scan scan{std::move(lines_.front())};
    lines_.pop_front();
    return scan;
  }
  [[nodiscard]] bool over() const override { return lines_.empty(); }

 private:
  ScanRouter& router_;
  Clock& clock_;
  std::deque<std::string> lines_;
};

/// A slot's port whose devices know the scans that are meant for the slot.
class ScanPort final : public SlotPort {
 public:
  ScanPort(SlotPort& port, ScanSource& scans) : port_(port), scans_(scans) {}

  SlotDevices open(const Deadline& deadline) override { return with_scans(port_.open(deadline)); }
  void close() noexcept override { port_.close(); }
  SlotDevices live() override { return with_scans(port_.live()); }
  void show(SlotLamps lamps) noexcept override { port_.show(lamps); }

 private:
  [[nodiscard]] SlotDevices with_scans(SlotDevices devices) const {
    devices.scans = &scans_;
    return devices;
  }

  SlotPort& port_;
  ScanSource& scans_;
};

}  // namespace

RunScans::RunScans(const ScanOptions& options, const bench::BenchSpec& bench,
                   const SerialRules& rules, BenchSession& session)
    : session_(session), keyboard_(options.keyboard) {
  const bool scanner = !options.file.empty() || bench.scanner.has_value();
  if (options.starts && !scanner && !keyboard_)
    throw UsageError(
        "--start scan: nothing scans; name a 'scanner' in the bench file, or a file with --scans");
  if (!scanner && !keyboard_) return;
  if (options.file.empty() && bench.scanner && build::all_simulated(bench))
    throw UsageError("a simulated bench reads no scanner; give a file with --scans");
  std::vector<std::string> slots;
  for (const auto& slot : bench.slots) slots.push_back(slot.name);
  router_ = std::make_unique<ScanRouter>(
      session.clock(), std::move(slots),
      [rules](std::string_view serial) { return serial_fault(rules, serial); });
  if (!options.file.empty()) {
    source_ = std::make_unique<ScriptedScans>(options.file, *router_, session.clock());
  } else if (bench.scanner) {
    port_ = std::make_unique<serial::TtyPort>(
        session.clock(),
        serial::TtyOptions{.device = bench.scanner->tty, .baud = bench.scanner->baud});
    source_ = std::make_unique<person::SerialScanner>(*port_, session.clock());
  }
}

RunScans::~RunScans() = default;

void RunScans::take_part(std::vector<RunSlot>& slots) {
  if (!router_) return;
  for (RunSlot& slot : slots) {
    slot_scans_.push_back(std::make_unique<SlotScans>(*router_, slot.name));
    ports_.push_back(std::make_unique<ScanPort>(*slot.port, *slot_scans_.back()));
    slot.port = ports_.back().get();
  }
}

RunScans::Reading::Reading(RunScans& scans, EventSink& screen, RecordStore& store)
    : scans_(scans), screen_(screen), store_(store), clock_(scans.session_.clock()) {
  if (!scans_.source_) return;
  seat_ = clock_.reserve("scanner");
  done_ = false;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    seat_->enter();
    read({Instant::max(), stop});
    done_ = true;
    clock_.notify();
    seat_->leave();
  });
}

RunScans::Reading::~Reading() {
  thread_.request_stop();
  clock_.wait([this] { return done_.load(); }, {});
}

void RunScans::Reading::read(const Deadline& deadline) {
  try {
    while (!scans_.source_->over()) {
      try {
        if (const auto scan = scans_.source_->next(deadline)) scanned(*scan);
      } catch (const Fault& fault) {
        say("", fmt::format("{} Next: {}", fault.happened(), fault.next()));
        if (fault.id() != "scanner.junk") break;
      }
    }
  } catch (const Stopped&) {
    return;
  }
  scans_.router_->close();
}

void RunScans::Reading::scanned(const Scan& scan) {
  const ScanAnswer answer = scans_.router_->scan(scan.text);
  std::visit(
      [&](const auto& what) {
        using What = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<What, SlotChosen>) {
          say(what.slot, "slot chosen: now scan the unit");
        } else if constexpr (std::is_same_v<What, ScanTaken>) {
          say(what.slot, fmt::format("scanned {}", what.text));
        } else if constexpr (std::is_same_v<What, LabelConfirmed>) {
          confirm(what.unit);
        } else {
          say("", fmt::format("REFUSED ({}): {} Next: {}", what.fault.id(), what.fault.happened(),
                              what.fault.next()));
        }
      },
      answer);
}

void RunScans::Reading::await_labels(const Deadline& deadline) {
  if (scans_.router_ == nullptr) return;
  const auto settled = [this] {
    return (done_.load() && !scans_.keyboard_) || scans_.router_->unconfirmed().empty();
  };
  clock_.wait(settled, deadline);
}

void RunScans::Reading::confirm(const LabelledUnit& unit) {
  try {
    store_.set_fact(unit.unit_id, "label_confirmed", to_iso8601(clock_.utc()));
    say(unit.slot, fmt::format("label of {} confirmed: unit closed", unit.unit_id));
  } catch (const Fault& fault) {
    // It waits for its label again: nothing is closed that the record does not say.
    scans_.router_->label_given(unit);
    say(unit.slot, fmt::format("NOT RECORDED: {} Next: {}", fault.happened(), fault.next()));
  }
}

/// A text without a slot goes to a slot that waits: there the person looks.
void RunScans::Reading::say(const std::string& slot, std::string text) {
  std::string row = slot.empty() ? scans_.router_->who_waits() : slot;
  if (row.empty() && !scans_.session_.bench().slots.empty())
    row = scans_.session_.bench().slots.front().name;
  screen_.on({clock_.now(), clock_.utc(), row, event::StepSaid{"scan", std::move(text)}});
}

}  // namespace plugrig::cli
