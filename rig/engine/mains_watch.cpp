#include "rig/engine/mains_watch.hpp"

#include <utility>

#include "rig/engine/mains_mutant.hpp"

namespace plugrig::mains {
namespace {

constexpr Duration kRest = std::chrono::milliseconds{40};

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
    look_once();
    clock.wait([this] { return ending_.load(); }, {clock.now() + kRest, {}});
  }
  // Nothing stays on that nobody watches.
  for (std::size_t slot = 0; slot < bench_->size(); ++slot) {
    if (bench_->look(slot).live) bench_->trip(slot, std::nullopt);
  }
}

void BenchWatch::look_once() {
  for (std::size_t slot = 0; slot < bench_->size(); ++slot) {
    const Slot known = bench_->look(slot);
    if (known.live && !known.locked) look_at(slot);
  }
}

void BenchWatch::look_at(std::size_t slot) {
  if (bench_->stop_requested(slot)) {
    if (!taken_out("watch_stop")) bench_->trip(slot, std::nullopt);
    return;
  }
  bench_->renew(slot);
  bench_->read_watched(slot);
  if (taken_out("watch_trip")) return;
  if (const auto refused = refusal(bench_->look(), {.ask = Ask::stay_live, .slot = slot})) {
    bench_->trip(slot, refused);
  }
}

}  // namespace plugrig::mains
