#include "tests/unit/regress/simulated_trials.hpp"

#include <fmt/format.h>

namespace plugrig::regress::test {
namespace {

constexpr double trial_s = 60;

class Run {
 public:
  Run(const SimulatedBench& bench, unsigned seed) : bench_(bench), random_(seed) {
    const int all = bench.units + (bench.control ? 1 : 0);
    for (int i = 0; i < all * bench.quantities; ++i)
      offsets_.push_back(bench.unit_offset * normal_(random_));
  }

  std::vector<Trial> trials() {
    std::vector<Trial> all;
    for (int block = 0; block < bench_.blocks; ++block)
      for (int unit = 0; unit < bench_.units + (bench_.control ? 1 : 0); ++unit) {
        const int first = static_cast<int>(random_() % static_cast<unsigned>(bench_.builds));
        for (int place = 0; place < bench_.builds; ++place)
          all.push_back(trial((first + place) % bench_.builds, unit, block, place));
      }
    return all;
  }

 private:
  Trial trial(int build, int unit, int block, int place) {
    const bool control = unit == bench_.units;
    Trial trial;
    trial.build = control ? 0 : build;
    trial.control = control;
    trial.unit = fmt::format("AA:00:00:00:00:{:02X}", unit);
    trial.slot = fmt::format("S{}", unit + 1);
    trial.repeat = block;
    trial.begun_s = trial_s * (block * bench_.builds + place);
    trial.unit_id = fmt::format("u{}-{}-{}", unit, block, place);
    const bool fault = chance_(random_) < bench_.rig_faults;
    if (fault) trial.outcome = Outcome::rig_fault;
    for (int quantity = 0; quantity < bench_.quantities; ++quantity)
      trial.readings.push_back(reading(trial, unit, quantity, fault));
    trial.checks.push_back({"boot.wait", !fault, fault ? "esp.sync.silent" : "", ""});
    return trial;
  }

  Reading reading(const Trial& trial, int unit, int quantity, bool fault) {
    double value = bench_.level + bench_.noise * normal_(random_);
    value += offsets_.at(static_cast<std::size_t>(unit * bench_.quantities + quantity));
    if (bench_.effect) value += bench_.effect(trial.build, unit, quantity);
    if (bench_.drift) value += bench_.drift(trial.begun_s);
    // What a broken contact gives must not matter.
    if (fault) value *= 3;
    return {quantity_name(quantity), "500 W", value, "W", 0.1};
  }

  const SimulatedBench& bench_;
  std::mt19937 random_;
  std::normal_distribution<double> normal_;
  std::uniform_real_distribution<double> chance_;
  std::vector<double> offsets_;
};

}  // namespace

std::vector<Trial> SimulatedBench::run(unsigned seed) const { return Run(*this, seed).trials(); }

std::string quantity_name(int quantity) { return fmt::format("q{:02}", quantity); }

std::vector<Build> builds_named(int count) {
  std::vector<Build> builds;
  for (int i = 0; i < count; ++i)
    builds.push_back({i == 0 ? "baseline" : fmt::format("candidate {}", i),
                      std::string(64, static_cast<char>('a' + i)), fmt::format("14.{}.0", i)});
  return builds;
}

}  // namespace plugrig::regress::test
