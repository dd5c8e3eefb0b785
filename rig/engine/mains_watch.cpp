#include "rig/engine/mains_watch.hpp"

#include <algorithm>
#include <utility>

#include "rig/engine/mains_mutant.hpp"

namespace plugrig::mains {
namespace {

/// With the time of the readings at most 100 ms from look to look, where the boards are that quick.
constexpr Duration kRest = std::chrono::milliseconds{50};
constexpr Duration kLookEvery = std::chrono::milliseconds{100};
/// What many boards, asked one after the other, leave for others on their lines.
constexpr Duration kLeastRest = std::chrono::milliseconds{10};
/// Where there is nothing to read, only a step that hangs is left to be found.
constexpr Duration kLongRest = std::chrono::milliseconds{500};
/// Voltage where there should be none, seen so often.
constexpr Duration kSenseRest = std::chrono::milliseconds{100};
/// The dead man hears nothing from a watch that has not looked at the inputs for so long.
constexpr Duration kLooksHang = std::chrono::seconds{2};

}  // namespace

BenchWatch::BenchWatch(std::shared_ptr<Bench> bench) : bench_(std::move(bench)) {
  begin("mains watch", [this] { watch_inputs(); });
  begin("mains upkeep", [this] { keep_up(); });
  if (bench_->hardware().dead_man) begin("mains dead man", [this] { tell_dead_man(); });
  bench_->set_watched(true);
}

void BenchWatch::begin(const std::string& name, std::function<void()> body) {
  running_.fetch_add(1);
  auto seat = bench_->clock().reserve(name);
  Clock::Seat& place = *seat;
  Loop loop{std::move(seat), std::jthread([this, &place, body = std::move(body)] {
              place.enter();
              body();
              running_.fetch_sub(1);
              bench_->clock().notify();
              place.leave();
            })};
  loops_.push_back(std::move(loop));
}

BenchWatch::~BenchWatch() {
  bench_->set_watched(false);
  ending_ = true;
  bench_->clock().notify();
  bench_->clock().wait([this] { return running_ == 0; }, {});
}

void BenchWatch::watch_inputs() {
  Clock& clock = bench_->clock();
  while (!ending_) {
    clock.wait([this] { return ending_ || bench_->any_live(); }, {});
    if (ending_) break;
    const Instant began = clock.now();
    const bool often = look_once();
    looked_ = clock.now();
    const Duration left = kLookEvery - (clock.now() - began);
    const Duration rest = often ? std::clamp(left, kLeastRest, kRest) : kLongRest;
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
  if (!bench_->stop_requested(slot)) {
    if (const LoadBank* bank = bench_->bank_of(slot)) {
      const Instant due = bank->off_due().value_or(Instant::max());
      bench_->change(slot, [due](Slot& known) { known.load_due = due; });
    }
    // One request a board and round, unless the round lasts so long that its readings would age.
    bench_->read_watched(slot, std::max(round, bench_->clock().now() - kRest));
  }
  judge(slot);
}

void BenchWatch::judge(std::size_t slot) {
  if (bench_->stop_requested(slot)) {
    if (!taken_out("watch_stop")) bench_->trip(slot, std::nullopt);
    return;
  }
  if (taken_out("watch_trip")) return;
  if (const auto refused = refusal(bench_->look(), {.ask = Ask::stay_live, .slot = slot})) {
    bench_->trip(slot, refused);
  }
}

void BenchWatch::judge_all() {
  for (std::size_t slot = 0; slot < bench_->size(); ++slot) {
    const Slot known = bench_->look(slot);
    if (known.live && !known.locked) judge(slot);
  }
}

void BenchWatch::keep_up() {
  Clock& clock = bench_->clock();
  while (!ending_) {
    clock.wait([this] { return ending_ || bench_->any_live(); }, {});
    if (ending_) break;
    const Duration rest = upkeep();
    clock.wait([this] { return ending_.load(); }, {clock.now() + rest, {}});
  }
}

Duration BenchWatch::upkeep() {
  // Judged first: what has lapsed, with this computer held up, must not be switched on again.
  judge_all();
  bench_->renew_due();
  // Every round that is due reads them, and asks a board at most once.
  const bool senses = bench_->read_dead_senses(bench_->clock().now() - kSenseRest / 2);
  bench_->read_silent_meters();
  judge_all();
  const Duration renewal = bench_->shortest_renewal();
  Duration rest = senses ? kSenseRest : kLongRest;
  if (renewal > Duration::zero()) rest = std::min(rest, renewal / 6);
  return rest;
}

void BenchWatch::tell_dead_man() {
  Clock& clock = bench_->clock();
  const Duration rest = bench_->hardware().dead_man->within() / 6;
  const auto wanted = [this] { return ending_ || bench_->any_session() || bench_->any_live(); };
  while (!ending_) {
    clock.wait(wanted, {});
    if (ending_) break;
    const bool hangs = bench_->any_live() && clock.now() - looked_.load() > kLooksHang;
    if (!hangs || taken_out("dead_man_blind")) bench_->tell_dead_man(false);
    clock.wait([this] { return ending_.load(); }, {clock.now() + rest, {}});
  }
}

}  // namespace plugrig::mains
