#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/clock.hpp"
#include "rig/engine/mains_access.hpp"

namespace plugrig::mains {

/// How long the first of a round waits for others that want the same: those who had the chain for
/// themselves before come one behind the other.
inline constexpr Duration kGathers = std::chrono::seconds{2};

/// The slots of a chain that measure together, from their first joining until the last has left:
/// a pure state machine, without thread, clock or hardware.
///
/// Rounds. A plug whose relay is open takes mains away from all behind it, and a slot's own relay
/// that moves changes what all in front of it see. So everything that switches a plug's relay, or a
/// slot's mains, is done while nobody is disturbed by it: a slot is either live alone (all others
/// bridged), or in a round. A round gathers, is built from the front to the back (each member in
/// its turn is the last one that is live, and may switch its relay as it likes), then measures: all
/// members are live with their relays closed, and who wants the same load point shares it. Nobody
/// joins what is being built or measured; the next round is theirs.
///
/// Every change (a member that leaves) has a number, by which a measuring member sees that what it
/// measured is of before.
class ChainRound {
 public:
  enum class Stage : std::uint8_t { waiting, building, ready };
  struct Member {
    std::size_t place = 0;  ///< of its slot, counted from mains
    std::string slot;
    OwnConsumption through_here;  ///< as measured when it was the last one; known when ready
    OwnConsumption own;           ///< the part of it that is its own plug's
    std::uint64_t measured = 0;   ///< how often a member had left by then
    std::uint64_t left = 0;       ///< the same when it had left itself
    Stage stage = Stage::waiting;
  };

  /// Number of the round that may be joined at `now`: slots that ask for the same are a cohort.
  [[nodiscard]] int open_round(Instant now) const;
  /// False when that round gathers no more.
  bool join(int round, std::size_t place, std::string slot, Instant now);
  /// When the round stops gathering; Instant::max() = nobody has joined.
  [[nodiscard]] Instant gathered_at() const;

  /// All in front of it are built: it may switch its mains on and its relay as it likes.
  [[nodiscard]] bool may_build(std::size_t place, Instant now) const;
  void build(std::size_t place);
  /// Its relay is closed and stays so. False when `through_here` is not known, or less than that of
  /// those before it: then it is not ready.
  [[nodiscard]] bool ready(std::size_t place, const OwnConsumption& through_here);
  /// All members are ready.
  [[nodiscard]] bool built(Instant now) const;
  /// It is off, for whatever reason. Nothing for who is no member.
  void leave(std::size_t place);

  [[nodiscard]] bool has(std::size_t place) const { return find(place) != nullptr; }
  /// Of the plug at this place and those before it that are still there. One that has left is taken
  /// off again, with the uncertainty of the two measurements that it is the difference of.
  [[nodiscard]] OwnConsumption through(std::size_t place) const;
  /// Of those behind it, as flows through it.
  [[nodiscard]] OwnConsumption behind(std::size_t place) const;
  /// Counted from mains.
  [[nodiscard]] std::vector<std::string> slots_before(std::size_t place) const;
  [[nodiscard]] std::vector<std::string> slots_behind(std::size_t place) const;
  [[nodiscard]] std::size_t size() const { return members_.size(); }
  /// How often a member has left so far.
  [[nodiscard]] std::uint64_t changes() const { return changes_; }

 private:
  [[nodiscard]] const Member* find(std::size_t place) const;
  [[nodiscard]] const Member* last_before(std::size_t place) const;
  void set(std::size_t place, Stage stage);

  int round_ = 1;
  std::vector<Member> members_;  ///< in the order of the chain
  std::vector<Member> left_;     ///< of this round
  std::optional<Instant> begun_;
  std::uint64_t changes_ = 0;
};

}  // namespace plugrig::mains
