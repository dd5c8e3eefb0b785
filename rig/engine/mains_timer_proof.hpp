#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "drivers/api/mains_hardware.hpp"

namespace plugrig::mains {

/// A relay that is held by timed ons, and what it is called.
struct TimedPart {
  std::string what;  ///< "the contactor", "the mains relay of slot F1"
  MainsSwitch* relay = nullptr;
};

/// Switches all parts on for a short time and renews each once: it must outlast the first time, and
/// be off by itself after the second. Says what is wrong, in a sentence; empty = proven. All are
/// commanded off afterwards when something was wrong. To be called only while nothing can become
/// live by them. Takes about two of its short times, which grow with the number of parts; again,
/// with longer ones, when the line was too slow to tell. Faults `relay.*` when a board does not
/// answer in the end; throws Stopped.
std::optional<std::string> prove_timers(Clock& clock, std::span<const TimedPart> parts,
                                        const Deadline& deadline);

/// How long that usually takes.
Duration usual_timer_proof(std::size_t parts);

}  // namespace plugrig::mains
