#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/yaml.hpp"
#include "rig/engine/run.hpp"

namespace plugrig::test {

using namespace std::chrono_literals;

/// What was told and what was recorded, in one list, so that tests can see the order of both.
class Log {
 public:
  void add(std::string line) {
    const std::scoped_lock guard(lock_);
    lines_.push_back(std::move(line));
  }
  [[nodiscard]] std::vector<std::string> lines() const { return lines_; }
  [[nodiscard]] std::string text() const {
    std::string out;
    for (const std::string& line : lines_) out += line + "\n";
    return out;
  }
  [[nodiscard]] bool has(const std::string& part) const {
    return text().find(part) != std::string::npos;
  }

 private:
  std::mutex lock_;
  std::vector<std::string> lines_;
};

/// Writes events as short lines into a log, and as JSON into another.
class LogSink final : public EventSink {
 public:
  explicit LogSink(Log& log) : log_(log) {}
  void on(const Event& event) noexcept override;
  Log json;

 private:
  Log& log_;
};

/// A store in memory that logs what it is asked and fails from call number `fail_from` on (counted
/// from 1 over all calls that write; 0 = never).
class MemoryRecorder final : public Recorder {
 public:
  explicit MemoryRecorder(Log& log) : log_(log) {}
  int fail_from = 0;
  bool fail_once = false;  ///< only that one call fails
  std::vector<AttemptRecord> attempts;
  std::map<std::string, std::string> files;  ///< content of what was attached, by name
  std::optional<UtcTime> newest;

  [[nodiscard]] std::optional<UtcTime> last_recorded() override { return newest; }
  void prove_writable() override { write("nothing, to try"); }

  std::string begin_run(const RunInfo&) override {
    write("run");
    return "R";
  }
  void end_run(const std::string&, UtcTime) override { write("run end"); }
  void begin_unit(const UnitStart& unit) override {
    write(fmt::format("unit {} needs {}", unit.unit_id, unit.required.size()));
  }
  void append_attempt(const std::string&, const AttemptRecord& attempt) override {
    write(fmt::format("{} {} {}", attempt.step, attempt.attempt, to_string(attempt.verdict)));
    attempts.push_back(attempt);
  }
  void set_fact(const std::string&, std::string_view name, std::string_view value) override {
    write(fmt::format("fact {}={}", name, value));
  }
  Attachment keep_file(const std::string&, std::string_view name, std::string_view media_type,
                       std::span<const std::uint8_t> bytes, bool sensitive) override {
    write(fmt::format("file {}", name));
    files[std::string(name)] = std::string(bytes.begin(), bytes.end());
    return {
        std::string(name), std::string(media_type), "/files/" + std::string(name), "", bytes.size(),
        sensitive};
  }
  void finish_unit(const std::string&, const UnitEnd& end) override {
    write(fmt::format("end {}", to_string(end.verdict)));
  }

 private:
  void write(const std::string& what) {
    ++calls_;
    if (fail_from > 0 && (fail_once ? calls_ == fail_from : calls_ >= fail_from)) {
      throw Fault("store.full", Blame::host, "No room.", "Free disk space.");
    }
    log_.add("  recorded: " + what);
  }
  Log& log_;
  int calls_ = 0;
};

class FakeBoot final : public BootControl {
 public:
  FakeBoot(Log& log, Clock& clock) : log_(log), clock_(clock) {}
  void enter_loader(int, const Deadline&) override {}
  void start_application(const Deadline&) override {}
  void power_cycle(Duration off, const Deadline& deadline) override {
    log_.add("  power-cycle");
    clock_.sleep_for(off, deadline);
  }
  [[nodiscard]] bool switches_power() const override { return true; }
  [[nodiscard]] const ContactNames& contacts() const override { return names_; }

 private:
  Log& log_;
  Clock& clock_;
  ContactNames names_;
};

class FakePort final : public SlotPort {
 public:
  FakePort(Log& log, Clock& clock) : log_(log), boot_(log, clock) {}
  std::function<void(const Deadline&)> on_open;
  std::function<void()> on_close;
  bool has_boot = true;

  SlotDevices open(const Deadline& deadline) override {
    if (on_open) on_open(deadline);
    return {nullptr, has_boot ? &boot_ : nullptr, nullptr};
  }
  void close() noexcept override {
    log_.add("  closed");
    if (on_close) on_close();
  }

 private:
  Log& log_;
  FakeBoot boot_;
};

/// A bench of fakes in virtual time: steps are lambdas, sequences are text.
class Harness {
 public:
  using Body = std::function<void(StepContext&)>;

  Log log;
  LogSink sink{log};
  MemoryRecorder recorder{log};
  std::unique_ptr<Clock> clock = make_virtual_clock();
  StepRegistry registry;
  std::vector<std::unique_ptr<FakePort>> ports;
  RunOptions options;
  VariableValues values;
  VariableValues secrets;  ///< of variables that are secret
  Run* active = nullptr;   ///< while `run` runs

  /// Registers a step that takes the optional parameter `text`.
  void step(const std::string& name, Body body, Duration timeout = 10s);
  /// A step that fails (blame `blame`) in its first `times` attempts.
  void failing(const std::string& name, int times, Blame blame);

  /// Runs a sequence with the given stages (text below `stages:`) and rest of the file.
  RunResult run(const std::string& text, int slots = 1);
  /// The same for one stage with these step items, one a line, and clean-up items.
  RunResult run_steps(const std::vector<std::string>& items,
                      const std::vector<std::string>& clean_up = {}, const std::string& rest = "");
  /// Adds a port, so that a test can change it before the run.
  FakePort& port();
};

}  // namespace plugrig::test
