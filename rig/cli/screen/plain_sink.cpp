#include <fmt/format.h>

#include <map>
#include <mutex>
#include <ostream>
#include <type_traits>

#include "rig/cli/screen/sinks.hpp"

namespace plugrig::cli {
namespace {

/// Progress is worth a line each time this share more of a phase is done.
constexpr std::uint64_t tenths = 10;

class PlainSink final : public EventSink {
 public:
  explicit PlainSink(std::ostream& out) : out_(out) {}

  void on(const Event& event) noexcept override {
    const std::lock_guard lock(mutex_);
    const auto text = std::visit([&](const auto& body) { return words(event, body); }, event.body);
    if (text.empty()) return;
    const auto seconds = std::chrono::duration<double>(event.at.time_since_epoch()).count();
    out_ << fmt::format("{:9.3f}  {:<4} {}\n", seconds, event.slot, text) << std::flush;
  }

 private:
  struct Reached {
    std::string phase;
    std::uint64_t tenth = 0;
  };

  template <class Body>
  std::string words(const Event& event, const Body& body) {
    if constexpr (std::is_same_v<Body, event::RunStarted>) {
      return fmt::format("run {}: {} on {}", body.run_id, body.sequence, body.bench);
    } else if constexpr (std::is_same_v<Body, event::SlotStarted>) {
      return fmt::format("unit {}", body.unit_id);
    } else if constexpr (std::is_same_v<Body, event::StageStarted>) {
      return fmt::format("stage {}", body.stage);
    } else if constexpr (std::is_same_v<Body, event::StepStarted>) {
      reached_[event.slot] = {};
      return body.attempt > 1 ? fmt::format("{} attempt {}", body.step, body.attempt) : body.step;
    } else if constexpr (std::is_same_v<Body, event::StepProgress>) {
      return progress(event.slot, body);
    } else if constexpr (std::is_same_v<Body, event::StepSaid>) {
      return fmt::format("{}: {}", body.step, body.text);
    } else if constexpr (std::is_same_v<Body, event::Measured>) {
      return fmt::format("{} = {:.6g} {}", body.id, body.value, body.unit);
    } else if constexpr (std::is_same_v<Body, event::StepEnded>) {
      return ended(body);
    } else if constexpr (std::is_same_v<Body, event::UnitEnded>) {
      return fmt::format("unit {}: {}{}", body.unit_id, to_display(body.verdict),
                         body.recorded ? "" : "  NOT RECORDED");
    } else {
      return "";
    }
  }

  std::string progress(const std::string& slot, const event::StepProgress& body) {
    auto& reached = reached_[slot];
    const auto tenth = body.total == 0 ? 0 : tenths * body.done / body.total;
    if (reached.phase == body.phase && tenth <= reached.tenth) return "";
    reached = {body.phase, tenth};
    if (body.total == 0) return fmt::format("{}: {}", body.step, body.phase);
    if (body.unit != "bytes")
      return fmt::format("{}: {} {}, {} of {} done", body.step, body.phase, body.unit, body.done,
                         body.total);
    return fmt::format("{}: {} 0x{:06X}, {} of {} bytes", body.step, body.phase, body.address,
                       body.done, body.total);
  }

  static std::string ended(const event::StepEnded& body) {
    const auto seconds = std::chrono::duration<double>(body.took).count();
    auto text = fmt::format("{} {} after {:.3f} s", body.step, to_string(body.verdict), seconds);
    if (!body.fault_id.empty())
      text += fmt::format(": {} ({}): {} Next: {}", body.fault_id, body.blame, body.happened,
                          body.next);
    return body.will_retry ? text + " Trying again." : text;
  }

  std::mutex mutex_;
  std::ostream& out_;
  std::map<std::string, Reached> reached_;
};

}  // namespace

std::unique_ptr<EventSink> make_plain_sink(std::ostream& out) {
  return std::make_unique<PlainSink>(out);
}

}  // namespace plugrig::cli
