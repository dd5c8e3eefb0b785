#include <mutex>
#include <ostream>

#include "rig/cli/screen/sinks.hpp"

namespace plugrig::cli {
namespace {

class JsonSink final : public EventSink {
 public:
  explicit JsonSink(std::ostream& out) : out_(out) {}

  void on(const Event& event) noexcept override {
    const std::lock_guard lock(mutex_);
    out_ << to_json(event) << '\n' << std::flush;
  }

 private:
  std::mutex mutex_;
  std::ostream& out_;
};

}  // namespace

std::unique_ptr<EventSink> make_json_sink(std::ostream& out) {
  return std::make_unique<JsonSink>(out);
}

}  // namespace plugrig::cli
