#include "tests/faults/twin_runner.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace plugrig::test {
namespace {

class Sink final : public EventSink {
 public:
  Sink(std::string& lines, const std::function<void(const Event&)>& more)
      : lines_(lines), more_(more) {}
  void on(const Event& event) noexcept override {
    const std::scoped_lock lock(mutex_);
    lines_ += to_json(event) + "\n";
    if (more_) more_(event);
  }

 private:
  std::mutex mutex_;
  std::string& lines_;
  const std::function<void(const Event&)>& more_;
};

}  // namespace

TwinRunner::TwinRunner(const std::string& sequence_file, const std::string& bench_file,
                       const VariableSources& variables)
    : clock_(make_virtual_clock(
          {.start = {1'798'000'000'000}, .stuck_limit = std::chrono::seconds{120}})),
      registry_(steps::make_registry()) {
  const auto source = std::filesystem::path(PLUGRIG_SOURCE_DIR);
  Problems problems;
  sequence_ = load_sequence(sequence_file, registry_, variables, problems, MissingValues::error,
                            {source / "fixtures" / "plugs"});
  spec_ = bench::load_bench(bench_file, source / "fixtures", problems);
  if (!problems.any_error()) build::check_devices(spec_, problems);
  if (problems.any_error()) throw std::logic_error(problems.render());
  seat_ = clock_->reserve("test");
  seat_->enter();
  built_ = build::build_bench(spec_, *clock_, {});
  if (built_->mains)
    gate_ = std::make_unique<MainsGate>(*std::exchange(built_->mains, std::nullopt), *clock_,
                                        MainsGateOptions{});
}

TwinRunner::~TwinRunner() {
  gate_.reset();
  built_.reset();
}

std::set<std::string> TwinRunner::contacts() const {
  std::set<std::string> names;
  for (const auto& slot : spec_.slots)
    if (slot.has_port) names.insert(slot.name);
  return names;
}

RunResult TwinRunner::run(Recorder& recorder, int units, std::optional<LeftRun> left,
                          const std::function<void(Run&)>& before) {
  RunOptions options;
  options.bench = spec_.name;
  options.software = "test";
  options.units = units;
  options.gate = gate_.get();
  options.left = std::move(left);
  options.next_unit = [this](const std::string& slot, int number, const Deadline&) {
    built_->next_unit(slot, number);
    return true;
  };
  options.move_unit = [this](const MovedUnit& unit, const Deadline& deadline) {
    if (move_unit) return move_unit(unit, deadline);
    built_->move_unit(unit.from, unit.to);
  };
  std::vector<RunSlot> slots;
  const auto with_contacts = contacts();
  for (auto& slot : built_->slots)
    slots.push_back({slot.name, slot.port.get(), with_contacts.contains(slot.name)});
  Sink sink(events, on_event);
  Run run(sequence_, std::move(slots), *clock_, sink, recorder, std::move(options));
  if (before) before(run);
  return run.run();
}

VariableSources small_variables(const TestFolder& folder) {
  twin::ImageOptions image;
  image.size_bytes = twin::kSmallImage;
  const auto firmware = folder.file("firmware.bin", twin::make_image(image));
  return {{{"firmware", firmware}, {"wifi_ssid", "bench"}},
          [](const std::string& name, const std::string&) -> std::optional<std::string> {
            if (name == "wifi_password") return "correct horse";
            if (name == "web_password") return "battery staple";
            return std::nullopt;
          }};
}

}  // namespace plugrig::test
