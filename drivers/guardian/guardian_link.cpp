#include "drivers/guardian/guardian_link.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "drivers/guardian/guarded_port.hpp"
#include "drivers/guardian/guardian.hpp"

namespace plugrig::guardian {
namespace {

constexpr Duration hello_limit = std::chrono::seconds{5};
constexpr Duration good_bye_limit = std::chrono::seconds{3};
constexpr Duration end_poll = std::chrono::milliseconds{10};
/// It does so at once, unless the machine is busy.
constexpr Duration answer_limit = std::chrono::milliseconds{150};
/// A guardian that has answered no renewal for so long is taken to hang.
constexpr Duration silence_limit = std::chrono::seconds{1};

Fault guardian_silent() {
  return {
      "guardian.silent", Blame::host,
      "The guardian process that owns the mains relays does not answer.",
      "Look what holds the computer up (load, memory, a stopped process); start the run again."};
}

class LinkedDeadMan final : public DeadMan {
 public:
  explicit LinkedDeadMan(GuardianLink& link) : link_(link) {}
  [[nodiscard]] Duration within() const override { return lease_length; }
  void all_is_well(const Deadline& deadline) override { link_.all_is_well(deadline); }

 private:
  GuardianLink& link_;
};

}  // namespace

Fault guardian_lost() {
  return {
      "guardian.lost", Blame::host, "The guardian process that owns the mains relays is gone.",
      "Find out what ended it (memory, somebody's kill; the kernel log tells), then start the run "
      "again."};
}

GuardianLink::GuardianLink(Clock& clock, Started process, std::vector<BusPlan> plans)
    : clock_(clock),
      plans_(std::move(plans)),
      bus_ends_(std::move(process.buses)),
      lease_(std::move(process.lease)),
      process_(process.process) {
  try {
    introduce();
  } catch (...) {
    give_up(guardian_lost());
    throw;
  }
}

void GuardianLink::introduce() {
  std::optional<Message> reply;
  try {
    lease_.send({.kind = Kind::hello});
    reply = lease_.receive(clock_, {clock_.now() + hello_limit, {}});
  } catch (const ChannelClosed&) {
  }
  if (!reply || reply->kind != Kind::reply) {
    throw Fault("guardian.start", Blame::host,
                "The guardian process was started and does not answer.",
                "What it said stands above. Without it no mains is switched on from this bench.");
  }
  if (std::string(reply->body.begin(), reply->body.end()) != fingerprint(plans_)) {
    throw Fault("guardian.plan", Blame::config,
                "The guardian process has read another bench file than this run.",
                "Nobody may change the bench file while a run starts; start it again.");
  }
}

void GuardianLink::good_bye() {
  const std::lock_guard lock(lease_mutex_);
  try {
    if (lease_.open()) lease_.send({.kind = Kind::off, .number = ++number_});
  } catch (const ChannelClosed&) {  // it is gone, and nothing is asked of it any more
  }
}

GuardianLink::~GuardianLink() {
  good_bye();
  {
    const std::lock_guard lock(lease_mutex_);
    lease_.close();
  }
  bus_ends_.clear();
  const Instant limit = clock_.now() + good_bye_limit;
  const std::lock_guard lock(mutex_);
  // One that has still something to switch off goes on alone.
  while (process_ > 0 && ::waitpid(process_, nullptr, WNOHANG) == 0 && clock_.now() < limit)
    clock_.wait({}, {clock_.now() + end_poll, {}});
}

std::optional<std::size_t> GuardianLink::find(std::string_view bus) const {
  const auto found = std::find_if(plans_.begin(), plans_.end(),
                                  [&](const BusPlan& plan) { return plan.name == bus; });
  if (found == plans_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - plans_.begin());
}

std::unique_ptr<ModbusPort> GuardianLink::port(
    std::size_t index, std::function<std::unique_ptr<ModbusPort>()> open_directly) {
  return std::make_unique<GuardedPort>(clock_, *this, plans_.at(index),
                                       std::move(bus_ends_.at(index)), std::move(open_directly));
}

std::unique_ptr<DeadMan> GuardianLink::dead_man() { return std::make_unique<LinkedDeadMan>(*this); }

void GuardianLink::take_answers(const Deadline& deadline) {
  while (answered_ != number_) {
    const auto reply = lease_.receive(clock_, deadline);
    if (!reply) return;
    answered_ = reply->number;
    if (reply->status == Status::refused) lease_is_lost();
  }
}

void GuardianLink::all_is_well(const Deadline& deadline) {
  bool silent = false;
  try {
    const std::lock_guard lock(lease_mutex_);
    if (!gone()) {
      // What was answered while this process was held up counts, however late it is read.
      take_answers({clock_.now(), {}});
      if (answered_ == number_) unanswered_since_ = clock_.now();
      silent = clock_.now() - unanswered_since_ > silence_limit;
      if (!silent) {
        lease_.send({.kind = Kind::lease, .number = ++number_});
        // What is asked for next, over another connection, is to find the lease renewed.
        take_answers(deadline.no_later_than(clock_.now() + answer_limit));
      }
    }
  } catch (const ChannelClosed&) {
    give_up(guardian_lost());
  }
  if (silent) give_up(guardian_silent());
  if (const auto why = broken()) throw Fault(*why);
}

void GuardianLink::give_up(const Fault& why) {
  pid_t left = -1;
  {
    const std::lock_guard lock(mutex_);
    gone_ = true;
    if (!broken_) broken_ = why;
    left = std::exchange(process_, -1);
  }
  if (left <= 0) return;
  ::kill(left, SIGKILL);
  ::waitpid(left, nullptr, 0);
}

void GuardianLink::lease_is_lost() {
  const std::lock_guard lock(mutex_);
  if (broken_) return;
  broken_ =
      Fault("guardian.lease_lost", Blame::host,
            "The guardian process has switched the bench off: the rig did not report for more "
            "than a second.",
            "Look what held the computer up (load, sleep, a debugger), then start the run again.");
}

std::optional<Fault> GuardianLink::broken() const {
  const std::lock_guard lock(mutex_);
  return broken_;
}

bool GuardianLink::gone() const {
  const std::lock_guard lock(mutex_);
  return gone_;
}

pid_t GuardianLink::process() const {
  const std::lock_guard lock(mutex_);
  return process_;
}

}  // namespace plugrig::guardian
