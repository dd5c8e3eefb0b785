#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "fixtures/twin/image_maker.hpp"
#include "fixtures/twin/world/twin_bench.hpp"
#include "tests/unit/twin_world/benches.hpp"

namespace plugrig::twin {

/// The machine's clock, begun at `start`: so that a bench that was prepared in its own time goes on
/// in real time.
class LaterClock final : public Clock {
 public:
  explicit LaterClock(Duration start) : start_(start) {}
  [[nodiscard]] Instant now() const override { return real_->now() + start_; }
  [[nodiscard]] UtcTime utc() const override { return real_->utc(); }
  WaitResult wait(const std::function<bool()>& ready, const Deadline& deadline) override {
    const bool endless = deadline.at == Instant::max();
    return real_->wait(ready, {endless ? deadline.at : deadline.at - start_, deadline.stop});
  }
  void notify() override { real_->notify(); }
  [[nodiscard]] std::unique_ptr<Seat> reserve(std::string name) override {
    return real_->reserve(std::move(name));
  }

 private:
  std::unique_ptr<Clock> real_ = make_real_clock();
  Duration start_;
};

/// Two relay boards served over TCP and at a pty whose link is `link` (empty: no pty), one slot
/// with a plug; all ports free ones.
inline bench::BenchSpec served_bench(const std::string& link) {
  auto bench = two_position_bench(1);
  for (auto& instrument : bench.instruments) {
    instrument.serve_tcp = 0;
    if (instrument.address == "rs485") instrument.serve_pty = link;
  }
  bench.slots[0].twin->http_port = 0;
  return bench;
}

/// Puts firmware on the plug in F1, tells it the access point over its console, and switches mains
/// on; returns the bench's time when it has joined the network.
inline Duration join_network(TwinBench& bench) {
  using namespace std::chrono_literals;
  auto& slot = bench.slot("F1");
  slot.load_flash(0, std::vector<std::uint8_t>(slot.flash().size(), 0xFF));
  slot.load_flash(0, make_image({.size_bytes = kSmallImage}));
  bench.set_port_open("F1", true);
  slot.advance(slot.now() + 12s);
  for (const char letter : std::string("Backlog SSID1 bench; Password1 correct horse\n"))
    slot.advance(slot.send(static_cast<std::uint8_t>(letter), 115'200));
  slot.advance(slot.now() + 15s);
  bench.set_port_open("F1", false, slot.now());
  auto now = slot.now() + 300ms;
  bench.advance(now);
  for (const std::uint8_t relay : {std::uint8_t{7}, std::uint8_t{0}})  // contactor, slot
    bench.request("rs485", 1, {0x05, 0x00, relay, 0xFF, 0x00}, now);
  now += 20s;
  bench.advance(now);
  return now;
}

}  // namespace plugrig::twin
