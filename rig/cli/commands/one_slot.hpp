#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rig/cli/commands/bench_session.hpp"
#include "rig/cli/commands/command.hpp"
#include "rig/core/event.hpp"

namespace plugrig::cli {

/// Adds `--bench`, `--slot`, `--port`, `--wiring`, `--baud`, `--rom-only` and `--json`.
void add_slot_options(boost::program_options::options_description& options);

/// The bench with no more than what one of its slots needs, so that a command by hand works while a
/// meter is away: nothing else for a flash slot; for one with mains its relays and inputs, to prove
/// off.
bench::BenchSpec only_what_is_needed(bench::BenchSpec bench, std::size_t slot);

/// The slot that a by-hand command works on: its devices, open, and a screen for its progress.
/// Closed when destroyed, with all lines idle. A slot with mains is opened only when mains is
/// proven off, which stays locked meanwhile.
class OneSlot {
 public:
  /// UsageError when the options name no slot; Fault when it cannot be opened.
  OneSlot(std::string command, const boost::program_options::variables_map& values,
          Console& console);
  ~OneSlot();
  OneSlot(const OneSlot&) = delete;
  OneSlot& operator=(const OneSlot&) = delete;

  [[nodiscard]] ChipFlasher& flasher() { return *devices_.flasher; }
  [[nodiscard]] Uart& uart() { return *devices_.uart; }
  [[nodiscard]] BootControl& boot() { return *devices_.boot; }
  [[nodiscard]] Clock& clock() { return session_->clock(); }
  [[nodiscard]] Deadline within(Duration limit) const;
  [[nodiscard]] FlashProgressFn progress();
  /// One line for the person.
  void say(const std::string& text);

 private:
  void show(event::Body body);

  const std::string command_;
  Console& console_;
  std::unique_ptr<EventSink> sink_;
  std::string name_;
  std::optional<BenchSession> session_;
  LowVoltageLease lease_;
  SlotPort* port_ = nullptr;
  SlotDevices devices_;
};

}  // namespace plugrig::cli
