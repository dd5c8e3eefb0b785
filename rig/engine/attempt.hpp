#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "rig/engine/journal.hpp"
#include "rig/engine/sequence.hpp"

namespace plugrig {

/// Where and how one attempt of a step runs.
struct AttemptSetting {
  Clock& clock;
  Journal& journal;
  SlotDevices& devices;
  const Variables& variables;  ///< of the sequence; facts of the unit are added
  const PlugInfo& plug;
  Deadline deadline;             ///< end of this attempt's time, with the stop that holds for it
  int attempt = 1;               ///< of the step in this unit's record
  MainsAccess* mains = nullptr;  ///< null in stages with mains off
  std::optional<UtcTime> last_recorded = {};
  /// Why the mains gate switched off while the attempt ran; empty when it did not. May be empty.
  std::function<std::optional<Fault>()> tripped = {};
  /// What the attempt has waited for its turns at reference and load: not its own time. May be
  /// empty.
  std::function<Duration()> waited = {};

  /// End of its time as it is by now.
  [[nodiscard]] Deadline due() const {
    if (!waited || deadline.at == Instant::max()) return deadline;
    return {deadline.at + waited(), deadline.stop};
  }
};

/// Runs one attempt, whatever it throws, and judges it. Blocks as long as the step does. The result
/// is not yet recorded.
AttemptRecord run_attempt(const SequenceStep& step, const AttemptSetting& setting);

/// Lets a step show that what it did earlier still holds; `attempt` is the one that is running, to
/// which everything is added. Throws what the step throws; nothing for a step that has no proof.
void prove_step(const SequenceStep& step, const AttemptSetting& setting, AttemptRecord& attempt);

/// Runs something that is not a step of the sequence (opening the slot) as an attempt.
AttemptRecord run_guarded(AttemptRecord begun, const AttemptSetting& setting,
                          const std::function<void(AttemptRecord&)>& body);

}  // namespace plugrig
