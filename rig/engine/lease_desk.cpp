#include "rig/engine/lease_desk.hpp"

#include <utility>

namespace plugrig {

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
  const WaitResult result =
      clock_.wait([this, ticket = lease.ticket_] { return granted(ticket); }, deadline);
  if (result == WaitResult::stopped) throw Stopped();
  if (result == WaitResult::timeout) return {};
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
