#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rig/core/clock.hpp"

namespace plugrig {

/// What a slot asks the arbiter for: all of it, or nothing yet.
struct LeaseRequest {
  std::string who;                  ///< name of the slot
  std::set<std::string> resources;  ///< "reference", "load", …
  std::string purpose;              ///< shown to who waits: "power.as_found"
  /// All who ask with the same key share what they ask for; empty = exclusive.
  std::string cohort = {};
  Duration longest_hold = Duration::max();
};

/// Somebody who has, or waits for, something.
struct LeaseParty {
  std::string who;
  std::string purpose;
  Instant since{};
};

/// A hold that has lasted longer than was said.
struct OverdueLease {
  std::uint64_t ticket = 0;
  LeaseParty holder;
  Duration longest_hold{};
};

/// Who may use what the slots of a bench share, as a pure state machine: no thread, no clock, no
/// hardware.
///
/// A request is granted whole or not at all, and who has or awaits something may ask for nothing
/// more: nobody holds one thing while waiting for another, so there is no deadlock. Requests are
/// looked at in the order in which they came. One that cannot be granted may be overtaken by later
/// ones that can (a smaller set; a new member of a cohort that is in possession) until it is aged;
/// from then on nothing that is in its way is granted to anybody behind it. So, as long as nobody
/// holds longer than H, of N slots none waits longer than the age and N times H.
///
/// Time only ever comes in as an argument, and never runs backwards.
class Arbiter {
 public:
  using Ticket = std::uint64_t;

  /// Waiting longer than this is long enough: about one series of readings (2 min).
  static constexpr Duration kAged = std::chrono::minutes{2};

  explicit Arbiter(Duration aged = kAged) : aged_(aged) {}

  /// Queues the request, and grants it when it can be. std::logic_error when `who` has or awaits
  /// something already, or asks for nothing.
  Ticket ask(LeaseRequest request, Instant now);
  /// Gives back what was granted, or leaves the queue; nothing for an unknown ticket. Returns the
  /// tickets that are granted by it, oldest first.
  std::vector<Ticket> give_back(Ticket ticket, Instant now);

  [[nodiscard]] bool granted(Ticket ticket) const;
  /// Holds that are longer than their request said, at `now`: their holder is to be asked to give
  /// them back, and to be made to.
  [[nodiscard]] std::vector<OverdueLease> expired(Instant now) const;

  /// When the first of those in the way of a waiting request will have held too long;
  /// Instant::max() = never.
  [[nodiscard]] Instant overdue_at(Ticket ticket) const;
  /// Who has something that the waiting request wants and cannot share, oldest first.
  [[nodiscard]] std::vector<LeaseParty> in_the_way(Ticket ticket) const;
  /// Who has what, since when and what for, and why `who` waits; in words.
  [[nodiscard]] std::string explain(std::string_view who, Instant now) const;

 private:
  /// 32 slots with something of their own each, and what they share.
  using Resources = std::bitset<128>;
  static constexpr int kExclusive = -1;

  struct Entry {
    Ticket ticket = 0;
    LeaseRequest request;
    Resources resources;
    int cohort = kExclusive;
    Instant asked{};
    std::optional<Instant> granted;
  };

  /// The two cannot have what they ask for at the same time.
  static bool collide(const Entry& one, const Entry& other);
  [[nodiscard]] bool may_have(std::size_t index, Instant now) const;
  std::vector<Ticket> grant(Instant now);
  [[nodiscard]] const Entry* find(Ticket ticket) const;
  [[nodiscard]] Resources resources_of(const std::set<std::string>& names);
  [[nodiscard]] std::string explain_hold(const Entry& entry, Instant now) const;
  [[nodiscard]] std::string explain_wait(const Entry& entry, Instant now) const;

  Duration aged_;
  Ticket last_ = 0;
  std::vector<Entry> entries_;  ///< in the order in which they came
  std::vector<std::string> resource_names_;
  std::vector<std::string> cohort_names_;
};

}  // namespace plugrig
