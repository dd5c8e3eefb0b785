#include "rig/engine/mains_watch.hpp"

#include <algorithm>
#include <utility>

#include "rig/engine/mains_mutant.hpp"

namespace plugrig::mains {
namespace {

/// With the time of the readings at most 100 ms from look to look.
constexpr Duration kRest = std::chrono::milliseconds{50};
/// Where there is nothing to read, only a step that hangs is left to be found.
constexpr Duration kLongRest = std::chrono::milliseconds{500};

}  // namespace

BenchWatch::BenchWatch(std::shared_ptr<Bench> bench)
    : bench_(std::move(bench)), seat_(bench_->clock().reserve("mains watch")) {
  thread_ = std::jthread([this] {
    seat_->enter();
    run();
    ended_ = true;
    bench_->clock().notify();
    seat_->leave();
  });
  bench_->set_watched(true);
}

BenchWatch::~BenchWatch() {
  bench_->set_watched(false);
  ending_ = true;
  bench_->clock().notify();
  bench_->clock().wait([this] { return ended_.load(); }, {});
}

void BenchWatch::run() {
  Clock& clock = bench_->clock();
  while (!ending_) {
    clock.wait([this] { return ending_ || bench_->any_live(); }, {});
    if (ending_) break;
    const Duration rest = look_once() ? kRest : kLongRest;
    clock.wait([this] { return ending_ || bench_->stop_is_due(); }, {clock.now() + rest, {}});
  }
  // Nothing stays on that nobody watches.
  for (std::size_t slot = 0; slot < bench_->size(); ++slot) {
    if (bench_->look(slot).live) bench_->trip(slot, std::nullopt);
  }
}

bool BenchWatch::look_once() {
  bool often = false;
  const Instant round = bench_->clock().now();
  for (std::size_t slot = 0; slot < bench_->size(); ++slot) {
    const Slot known = bench_->look(slot);
    if (!known.live || known.locked) continue;
    look_at(slot, round);
    often = often || bench_->needs_looks(slot);
  }
  return often;
}

void BenchWatch::look_at(std::size_t slot, Instant round) {
  if (bench_->stop_requested(slot)) {
    if (!taken_out("watch_stop")) bench_->trip(slot, std::nullopt);
    return;
  }
  bench_->renew(slot);
  if (const LoadBank* bank = bench_->bank_of(slot)) {
    const Instant due = bank->off_due().value_or(Instant::max());
    bench_->change(slot, [due](Slot& known) { known.load_due = due; });
  }
  // One request a board and round, unless the round lasts so long that its readings would age.
  bench_->read_watched(slot, std::max(round, bench_->clock().now() - kRest));
  if (taken_out("watch_trip")) return;
  if (const auto refused = refusal(bench_->look(), {.ask = Ask::stay_live, .slot = slot})) {
    bench_->trip(slot, refused);
  }
}

}  // namespace plugrig::mains
