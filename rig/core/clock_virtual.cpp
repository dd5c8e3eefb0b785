#include <semaphore.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "rig/core/clock.hpp"

namespace plugrig {
namespace {

using Steady = std::chrono::steady_clock;

/// Where one thread blocks until it is given the turn, outside the clock's lock: a thread that
/// wakes must not have to wait for that lock at once again. A system semaphore, because the
/// library's spins before it sleeps, and here the other thread always has long to go.
class Turn {
 public:
  Turn() { sem_init(&given_, 0, 0); }
  ~Turn() { sem_destroy(&given_); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  void give() { sem_post(&given_); }
  void take() {
    while (sem_wait(&given_) != 0) {  // a signal came between
    }
  }

 private:
  sem_t given_{};
};

/// One seat. All but its turn is guarded by the clock's mutex. Whoever gives the turn keeps it
/// alive meanwhile: its thread may be through by then.
struct Participant : std::enable_shared_from_this<Participant> {
  enum class State : std::uint8_t { due_at_once, waiting, running };
  std::string name;
  State state = State::due_at_once;
  const std::function<bool()>* ready = nullptr;  ///< while waiting
  Deadline deadline;                             ///< while waiting
  Instant since{};                               ///< when it became due_at_once
  WaitResult result = WaitResult::ready;         ///< its own while it runs
  Turn turn;
};

using ParticipantPtr = std::shared_ptr<Participant>;

/// Who goes next, when, and why its wait ends.
struct Next {
  Participant* who = nullptr;
  Instant due = Instant::max();
  WaitResult result = WaitResult::ready;
};

class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(const VirtualClockOptions& options)
      : options_(options), real_start_(Steady::now()) {
    if (options_.stuck_limit.count() > 0)
      watchdog_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
  }

  ~VirtualClock() override {
    watchdog_.request_stop();
    watch_.notify_all();
  }
  VirtualClock(const VirtualClock&) = delete;
  VirtualClock& operator=(const VirtualClock&) = delete;

  [[nodiscard]] Instant now() const override { return Instant{Duration{now_.load()}}; }

  [[nodiscard]] UtcTime utc() const override {
    return {options_.start.unix_ms + now_.load() / 1'000'000};
  }

  WaitResult wait(const std::function<bool()>& ready, const Deadline& deadline) override {
    const std::stop_callback wake(deadline.stop, [this] { notify(); });
    std::unique_lock lock(mutex_);
    Participant& me = self();
    me.ready = &ready;
    me.deadline = deadline;
    me.state = Participant::State::waiting;
    running_ = nullptr;
    await_turn(me, hand_over(lock), lock);
    return me.result;
  }

  void notify() override {
    std::unique_lock lock(mutex_);
    poked_ = true;
    throttle_.notify_all();
    // Nobody runs and nobody was due: somebody outside (a stop request) may have changed that.
    give_turn(hand_over_if_idle(lock), lock);
  }

  [[nodiscard]] std::unique_ptr<Seat> reserve(std::string name) override;

  void enter(Participant& who) {
    std::unique_lock lock(mutex_);
    by_thread_[std::this_thread::get_id()] = &who;
    await_turn(who, hand_over_if_idle(lock), lock);
  }

  void leave(Participant& who) {
    std::unique_lock lock(mutex_);
    if (running_ == &who) running_ = nullptr;
    std::erase_if(by_thread_, [&](const auto& pair) { return pair.second == &who; });
    std::erase_if(seats_, [&](const auto& seat) { return seat.get() == &who; });
    give_turn(hand_over_if_idle(lock), lock);
  }

 private:
  Participant& self() {
    const auto found = by_thread_.find(std::this_thread::get_id());
    if (found == by_thread_.end())
      throw std::logic_error("a thread without a seat waits on the virtual clock");
    return *found->second;
  }

  /// Wakes whom a hand-over chose. Releases the lock.
  static void give_turn(const ParticipantPtr& next, std::unique_lock<std::mutex>& lock) {
    lock.unlock();
    if (next) next->turn.give();
  }

  /// Blocks until it is the turn of `me`, whose thread this is; at once when the hand-over chose
  /// it. Releases the lock.
  static void await_turn(Participant& me, const ParticipantPtr& next,
                         std::unique_lock<std::mutex>& lock) {
    if (next.get() == &me) {
      lock.unlock();
      return;
    }
    give_turn(next, lock);
    me.turn.take();
  }

  /// When `who` is due and why; Instant::max() = not by itself.
  [[nodiscard]] Next due(Participant& who) const {
    if (who.state == Participant::State::due_at_once) return {&who, who.since, WaitResult::ready};
    if (who.state != Participant::State::waiting) return {};
    if (*who.ready && (*who.ready)()) return {&who, now(), WaitResult::ready};
    if (who.deadline.stop.stop_requested()) return {&who, now(), WaitResult::stopped};
    if (who.deadline.at == Instant::max()) return {};
    return {&who, who.deadline.at, WaitResult::timeout};
  }

  /// Seats stand in order of their numbers, so `<` leaves ties to the lower number.
  [[nodiscard]] Next earliest() const {
    Next best;
    for (const auto& seat : seats_) {
      const Next candidate = due(*seat);
      if (candidate.who != nullptr && (best.who == nullptr || candidate.due < best.due))
        best = candidate;
    }
    return best;
  }

  [[nodiscard]] ParticipantPtr hand_over_if_idle(std::unique_lock<std::mutex>& lock) {
    return running_ == nullptr && !handing_over_ ? hand_over(lock) : nullptr;
  }

  /// Makes it the turn of whoever is due first; with a factor, not before its real time has come.
  /// The caller wakes it, unless it is the caller itself.
  [[nodiscard]] ParticipantPtr hand_over(std::unique_lock<std::mutex>& lock) {
    handing_over_ = true;
    Next next;
    for (;;) {
      poked_ = false;
      next = earliest();
      if (next.who == nullptr) break;
      const auto real_due = real_time_of(next.due);
      if (!real_due || Steady::now() >= *real_due) break;
      throttle_.wait_until(lock, *real_due, [this] { return poked_; });
    }
    handing_over_ = false;
    turn_started_ = Steady::now();
    if (next.who == nullptr) return nullptr;  // all wait for ever: the watchdog or a stop ends it
    now_.store(std::max(now_.load(), next.due.time_since_epoch().count()));
    running_ = next.who;
    running_->result = next.result;
    running_->state = Participant::State::running;
    running_->ready = nullptr;
    running_->deadline = {};
    return running_->shared_from_this();
  }

  [[nodiscard]] std::optional<Steady::time_point> real_time_of(Instant due) const {
    if (options_.factor <= 0) return std::nullopt;
    const std::chrono::duration<double, std::nano> scaled(
        static_cast<double>(due.time_since_epoch().count()) / options_.factor);
    return real_start_ + std::chrono::duration_cast<Steady::duration>(scaled);
  }

  void watch(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      watch_.wait_for(lock, options_.stuck_limit / 4, [&] { return stop.stop_requested(); });
      const bool alive = handing_over_ || seats_.empty();
      if (stop.stop_requested() || alive || Steady::now() - turn_started_ < options_.stuck_limit)
        continue;
      // A throttled run may wait for a person; only a turn that is held is stuck there.
      if (running_ == nullptr && options_.factor > 0) continue;
      give_up();
    }
  }

  [[noreturn]] void give_up() const {
    if (running_ != nullptr) {
      std::fprintf(stderr, "virtual clock: '%s' is stuck outside the clock\n",
                   running_->name.c_str());
    } else {
      std::fprintf(stderr, "virtual clock: all participants wait for ever:");
      for (const auto& seat : seats_) std::fprintf(stderr, " '%s'", seat->name.c_str());
      std::fprintf(stderr, "\n");
    }
    std::abort();
  }

  const VirtualClockOptions options_;
  const Steady::time_point real_start_;
  std::atomic<Duration::rep> now_{0};
  std::mutex mutex_;
  std::vector<ParticipantPtr> seats_;
  std::map<std::thread::id, Participant*> by_thread_;
  Participant* running_ = nullptr;
  bool handing_over_ = false;
  bool poked_ = false;
  std::condition_variable throttle_;
  std::condition_variable watch_;
  Steady::time_point turn_started_ = Steady::now();
  std::jthread watchdog_;  // last: stops before what it looks at is gone
};

class VirtualSeat final : public Clock::Seat {
 public:
  VirtualSeat(VirtualClock& clock, Participant& who) : clock_(clock), who_(&who) {}
  ~VirtualSeat() override { VirtualSeat::leave(); }
  VirtualSeat(const VirtualSeat&) = delete;
  VirtualSeat& operator=(const VirtualSeat&) = delete;

  void enter() override { clock_.enter(*who_); }
  void leave() override {
    if (who_ != nullptr) clock_.leave(*std::exchange(who_, nullptr));
  }

 private:
  VirtualClock& clock_;
  Participant* who_;
};

std::unique_ptr<Clock::Seat> VirtualClock::reserve(std::string name) {
  const std::lock_guard lock(mutex_);
  if (seats_.empty()) turn_started_ = Steady::now();
  auto& who = *seats_.emplace_back(std::make_shared<Participant>());
  who.name = std::move(name);
  who.since = now();
  return std::make_unique<VirtualSeat>(*this, who);
}

}  // namespace

std::unique_ptr<Clock> make_virtual_clock(const VirtualClockOptions& options) {
  return std::make_unique<VirtualClock>(options);
}

}  // namespace plugrig
