#include "drivers/guardian/guardian.hpp"

#include <algorithm>
#include <thread>

#include "drivers/guardian/bus_keeper.hpp"
#include "drivers/guardian/lease.hpp"

namespace plugrig::guardian {
namespace {

/// The conversation about the lease.
class LeaseKeeper {
 public:
  LeaseKeeper(Clock& clock, UniqueFd channel, std::span<const BusPlan> plans, Watchfulness& shared)
      : clock_(clock),
        channel_(std::move(channel)),
        fingerprint_(fingerprint(plans)),
        shared_(shared) {}

  void run(const std::stop_token& stop) {
    try {
      for (;;) {
        const auto request = channel_.receive(clock_, {shared_.lease().due(clock_.now()), stop});
        if (shared_.lease().run_out(clock_.now())) shared_.switch_off(std::string(too_long));
        if (request) answer(*request);
      }
    } catch (const Stopped&) {
      shared_.end("Told to end.");
    } catch (const std::exception&) {
      shared_.switch_off(good_bye_ ? "" : "The rig has gone.");
    }
  }

 private:
  static constexpr std::string_view too_long = "The rig has not reported for too long.";

  void answer(const Message& request) {
    Message reply{.kind = Kind::reply, .number = request.number};
    switch (request.kind) {
      case Kind::hello:
        reply.body.assign(fingerprint_.begin(), fingerprint_.end());
        break;
      case Kind::lease:
        if (!shared_.lease().renew(clock_.now())) {
          reply.status = Status::refused;
          shared_.switch_off(std::string(too_long));
        }
        break;
      case Kind::off:
        good_bye_ = true;
        shared_.switch_off("");
        break;
      default:
        channel_.close();
        throw ChannelClosed{};
    }
    channel_.send(reply);
  }

  Clock& clock_;
  Channel channel_;
  const std::string fingerprint_;
  Watchfulness& shared_;
  bool good_bye_ = false;  ///< the rig has said that it ends
};

}  // namespace

bool guard(Clock& clock, UniqueFd lease_channel, std::vector<GuardedBus> buses,
           const GuardianOptions& options, const std::stop_token& stop) {
  Watchfulness shared(options);
  std::vector<BusPlan> plans;
  for (const GuardedBus& bus : buses) plans.push_back(bus.plan);
  std::vector<std::unique_ptr<BusKeeper>> keepers;
  for (GuardedBus& bus : buses) keepers.push_back(std::make_unique<BusKeeper>(clock, bus, shared));
  LeaseKeeper lease(clock, std::move(lease_channel), plans, shared);
  {
    std::vector<std::jthread> threads;
    threads.reserve(keepers.size());
    for (const auto& keeper : keepers) threads.emplace_back([&keeper] { keeper->run(); });
    lease.run(stop);
  }
  return std::all_of(keepers.begin(), keepers.end(),
                     [](const auto& keeper) { return keeper->proven(); });
}

}  // namespace plugrig::guardian
