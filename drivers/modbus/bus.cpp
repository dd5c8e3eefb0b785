#include "drivers/modbus/bus.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

#include "drivers/modbus/line_faults.hpp"
#include "drivers/modbus/pdu.hpp"

namespace plugrig::modbus {

namespace {

/// What a busy device is given before it is asked again.
constexpr Duration busy_pause = std::chrono::milliseconds{100};

/// How long one attempt to get a lost port back may hold up the bus.
constexpr Duration reopen_limit = std::chrono::milliseconds{500};

/// Behind an off others wait so long, so that its read-back, or the off of the next relay, comes
/// first.
constexpr Duration offs_first = std::chrono::milliseconds{10};

/// Whether and when a request is worth another attempt after an exception.
struct AfterException {
  bool again = false;
  Duration pause{};
};

/// Modbus notes §1.
AfterException after_exception(std::uint8_t code, int attempts_made) {
  switch (code) {
    case 1:
    case 2:
    case 3:
      return {};
    case 4:
      return {attempts_made < 2, busy_pause};
    default:
      return {true, busy_pause};
  }
}

bool same_output(std::optional<int> off, std::optional<int> other) {
  return off && other && (*off == 0 || *other == 0 || *off == *other);
}

}  // namespace

struct ModbusBus::Job {
  ModbusFrame frame;
  RequestOptions options;
  Instant deadline;
  int attempts_made = 0;      ///< owner thread only
  Instant not_before{};       ///< owner thread only
  bool brought_back = false;  ///< owner thread only; its one free attempt after a loss is used
  // The rest is guarded by the bus's mutex.
  bool given_up = false;   ///< its caller is gone
  bool overtaken = false;  ///< an off of the same output came
  bool done = false;
  std::optional<Reply> reply = std::nullopt;
  std::exception_ptr error = nullptr;  ///< of the last attempt

  [[nodiscard]] bool is_off() const { return options.urgency == Urgency::off; }
  [[nodiscard]] ModbusFrame fence() const { return {frame.unit, options.fence}; }
};

ModbusBus::ModbusBus(Clock& clock, std::unique_ptr<ModbusPort> port, BusOptions options)
    : clock_(clock),
      options_(std::move(options)),
      port_(std::move(port)),
      line_(clock_, *port_, options_.line) {
  owner_ = std::jthread([this, seat = clock_.reserve("bus " + options_.name)](
                            const std::stop_token& stop) { own(stop, *seat); });
}

ModbusBus::~ModbusBus() {
  owner_.request_stop();
  // The owner needs turns of the clock to end, so this thread must not hold its own while joining.
  try {
    clock_.wait([this] { return ended(); }, {});
  } catch (const std::logic_error&) {
    // This thread has no seat: then it holds no turn either.
  }
  owner_.join();
}

bool ModbusBus::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

Reply ModbusBus::request(const ModbusFrame& frame, const RequestOptions& options,
                         const Deadline& deadline) {
  if (frame.pdu.empty()) throw std::logic_error("a Modbus request without a function code");
  auto job = std::make_shared<Job>(Job{frame, options, deadline.at});
  Deadline waits = deadline;
  if (job->is_off()) {
    waits = {std::max(deadline.at, clock_.now() + least_time_for_off), {}};
    job->deadline = waits.at;
  } else if (deadline.stop.stop_requested()) {
    throw Stopped{};
  }
  enqueue(job);
  const auto done = [&] {
    const std::lock_guard lock(mutex_);
    return job->done;
  };
  const WaitResult result = clock_.wait(done, waits);
  const std::lock_guard lock(mutex_);
  if (job->done) {
    if (!job->reply) std::rethrow_exception(job->error);
    return std::move(*job->reply);
  }
  job->given_up = true;
  if (!job->is_off()) std::erase(queued_, job);
  if (result == WaitResult::stopped) throw Stopped{};
  if (job->error) std::rethrow_exception(job->error);
  throw never_sent(frame);
}

void ModbusBus::enqueue(const JobPtr& job) {
  {
    const std::lock_guard lock(mutex_);
    if (job->is_off()) overtake(*job);
    (job->is_off() ? offs_ : queued_).push_back(job);
    ++changes_;
  }
  clock_.notify();
}

void ModbusBus::overtake(const Job& off) {
  const auto concerned = [&](const JobPtr& job) {
    return job->frame.unit == off.frame.unit && !job->is_off() &&
           same_output(off.options.output, job->options.output);
  };
  if (running_ && concerned(running_)) running_->overtaken = true;
  for (const JobPtr& job : queued_) {
    if (!concerned(job)) continue;
    job->error = std::make_exception_ptr(overtaken(job->frame));
    job->done = true;
  }
  std::erase_if(queued_, [](const JobPtr& job) { return job->done; });
}

Instant ModbusBus::line_ready_for(const Job& job) const {
  // The echo of an off names it, and a read-back follows: it need not wait for late answers.
  if (job.is_off() && is_write(job.frame.pdu)) return Instant{};
  return line_.ready_at(job.frame);
}

Instant ModbusBus::ready_for(const Job& job) const {
  const Instant ready = line_ready_for(job);
  if (job.options.fence.empty()) return ready;
  return std::min(ready, line_.ready_behind(job.fence(), job.frame));
}

ModbusBus::JobPtr ModbusBus::take(Instant now, Instant& wake) {
  const auto take_from = [&](std::vector<JobPtr>& jobs) -> JobPtr {
    for (auto job = jobs.begin(); job != jobs.end(); ++job) {
      const Instant ready = std::max(ready_for(**job), (*job)->not_before);
      if (ready <= now) {
        JobPtr taken = *job;
        jobs.erase(job);
        return taken;
      }
      wake = std::min(wake, ready);
    }
    return nullptr;
  };
  const std::lock_guard lock(mutex_);
  running_ = take_from(offs_);
  if (running_) return running_;
  if (now >= offs_first_until_) {
    running_ = take_from(queued_);
  } else if (!queued_.empty()) {
    wake = std::min(wake, offs_first_until_);
  }
  return running_;
}

void ModbusBus::own(const std::stop_token& stop, Clock::Seat& seat) {
  seat.enter();
  for (;;) {
    std::uint64_t seen = 0;
    bool nothing_left = false;
    {
      const std::lock_guard lock(mutex_);
      if (stop.stop_requested()) give_up_queued();
      seen = changes_;
      nothing_left = offs_.empty() && queued_.empty();
    }
    if (stop.stop_requested() && nothing_left) break;
    Instant wake = Instant::max();
    if (const JobPtr job = take(clock_.now(), wake)) {
      carry_out(job, stop);
      continue;
    }
    const auto changed = [&] {
      const std::lock_guard lock(mutex_);
      return changes_ != seen;
    };
    clock_.wait(changed, {wake, stop.stop_requested() ? std::stop_token{} : stop});
  }
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  clock_.notify();
  seat.leave();
}

void ModbusBus::give_up_queued() {
  for (const JobPtr& job : queued_) {
    job->error = std::make_exception_ptr(Stopped{});
    job->done = true;
  }
  queued_.clear();
}

void ModbusBus::carry_out(const JobPtr& job, const std::stop_token& stop) {
  const bool fence_first = line_ready_for(*job) > clock_.now();
  const bool first = job->attempts_made++ == 0 && !fence_first;
  const Duration timeout = std::min(first && job->options.first_timeout > Duration::zero()
                                        ? job->options.first_timeout
                                        : job->options.response_timeout,
                                    options_.response_limit);
  std::optional<Reply> reply;
  std::exception_ptr error;
  std::optional<Duration> again_after;
  try {
    // A stop of the caller does not cut a request that is on the wire: its answer would meet the
    // next request there.
    const auto stop_waiting = job->is_off() ? std::stop_token{} : stop;
    if (fence_first) {
      line_.attempt(job->fence(), timeout, stop_waiting);
    } else {
      reply = line_.attempt(job->frame, timeout, stop_waiting);
    }
  } catch (const ExceptionAnswer& fault) {
    error = std::current_exception();
    const AfterException after = after_exception(fault.code(), job->attempts_made);
    if (after.again) again_after = after.pause;
    // Also a refusal is an answer, and stands behind all earlier ones.
    if (fence_first) error = nullptr;
  } catch (const Fault& fault) {
    error = std::current_exception();
    again_after = Duration::zero();
    if (fault.id() == "modbus.lost") {
      again_after = bring_back(stop, error);
      // The port may have been lost before this request; once that costs no attempt.
      if (again_after && !std::exchange(job->brought_back, true)) --job->attempts_made;
    }
  } catch (...) {
    error = std::current_exception();
  }
  if (fence_first && !error) {
    // The fence is no attempt of the job. It queues again, so that an off may come between.
    --job->attempts_made;
    again_after = Duration::zero();
  }
  if (job->is_off()) offs_first_until_ = clock_.now() + offs_first;
  settle(job, std::move(reply), error, again_after, stop.stop_requested());
  clock_.notify();
}

std::optional<Duration> ModbusBus::bring_back(const std::stop_token& stop,
                                              std::exception_ptr& error) {
  try {
    line_.reopen({clock_.now() + reopen_limit, stop});
    return Duration::zero();
  } catch (...) {
    error = std::current_exception();
    return std::nullopt;
  }
}

void ModbusBus::settle(const JobPtr& job, std::optional<Reply> reply,
                       const std::exception_ptr& error, std::optional<Duration> again_after,
                       bool stopping) {
  const Instant now = clock_.now();
  const Instant again_at = std::max(now + again_after.value_or(Duration::zero()), ready_for(*job));
  const std::lock_guard lock(mutex_);
  running_ = nullptr;
  if (reply || error) job->error = error;
  const bool again = !reply && again_after && !stopping && !job->given_up && !job->overtaken &&
                     job->attempts_made <= job->options.retries && again_at < job->deadline;
  if (again) {
    job->not_before = now + *again_after;
    // Behind other offs, so that a silent board does not hold up a living one; else before the
    // requests that came later.
    if (job->is_off()) {
      offs_.push_back(job);
    } else {
      queued_.insert(queued_.begin(), job);
    }
    return;
  }
  if (!reply && job->overtaken) job->error = std::make_exception_ptr(overtaken(job->frame));
  if (!reply && !job->error) job->error = std::make_exception_ptr(never_sent(job->frame));
  job->reply = std::move(reply);
  job->done = true;
}

}  // namespace plugrig::modbus
