#include "rig/engine/lease_desk.hpp"

#include <utility>

#include "rig/core/fault.hpp"

namespace plugrig {
namespace {

Fault overdue(const std::string& explained) {
  return {"safety.lease_overdue", Blame::software, "A turn is not given back. " + explained,
          "Report this with the name of the step that holds it; then start the bench anew."};
}

}  // namespace

LeaseDesk::Lease::Lease(Lease&& other) noexcept
    : desk_(std::exchange(other.desk_, nullptr)),
      ticket_(other.ticket_),
      since_(other.since_),
      waited_(other.waited_) {}

LeaseDesk::Lease& LeaseDesk::Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  desk_ = std::exchange(other.desk_, nullptr);
  ticket_ = other.ticket_;
  since_ = other.since_;
  waited_ = other.waited_;
  return *this;
}

void LeaseDesk::Lease::give_back() noexcept {
  if (LeaseDesk* desk = std::exchange(desk_, nullptr)) desk->give_back(ticket_);
}

LeaseDesk::Lease LeaseDesk::take(LeaseRequest request, const Deadline& deadline,
                                 const OnWait& on_wait) {
  const Instant asked = clock_.now();
  const std::string who = request.who;
  // Withdraws the request, whatever ends the wait.
  Lease lease;
  std::vector<LeaseParty> holders;
  bool at_once = false;
  {
    const std::scoped_lock guard(lock_);
    lease.ticket_ = arbiter_.ask(std::move(request), asked);
    lease.desk_ = this;
    at_once = arbiter_.granted(lease.ticket_);
    if (!at_once) holders = arbiter_.in_the_way(lease.ticket_);
  }
  if (!at_once && on_wait) on_wait(holders);
  const auto ready = [this, ticket = lease.ticket_] { return granted(ticket); };
  for (;;) {
    // Holders change while this waits, and their ends with them.
    const Instant patience = patience_ends(lease.ticket_);
    const WaitResult result = clock_.wait(ready, deadline.no_later_than(patience));
    if (result == WaitResult::ready) break;
    if (result == WaitResult::stopped) throw Stopped();
    if (clock_.now() >= deadline.at) return {};
    if (clock_.now() >= patience_ends(lease.ticket_)) throw overdue(explain(who));
  }
  lease.since_ = clock_.now();
  lease.waited_ = lease.since_ - asked;
  return lease;
}

void LeaseDesk::give_back(Arbiter::Ticket ticket) noexcept {
  const Instant now = clock_.now();
  {
    const std::scoped_lock guard(lock_);
    arbiter_.give_back(ticket, now);
  }
  clock_.notify();
}

Instant LeaseDesk::patience_ends(Arbiter::Ticket ticket) const {
  const std::scoped_lock guard(lock_);
  const Instant overdue = arbiter_.overdue_at(ticket);
  return overdue == Instant::max() ? overdue : overdue + kPatience;
}

bool LeaseDesk::granted(Arbiter::Ticket ticket) const {
  const std::scoped_lock guard(lock_);
  return arbiter_.granted(ticket);
}

std::vector<OverdueLease> LeaseDesk::expired() const {
  const Instant now = clock_.now();
  const std::scoped_lock guard(lock_);
  return arbiter_.expired(now);
}

std::string LeaseDesk::explain(std::string_view who) const {
  const Instant now = clock_.now();
  const std::scoped_lock guard(lock_);
  return arbiter_.explain(who, now);
}

}  // namespace plugrig
