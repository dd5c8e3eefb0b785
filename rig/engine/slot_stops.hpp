#pragma once

#include <map>
#include <mutex>
#include <stop_token>
#include <string>

namespace plugrig {

/// Stops of single slots: the unit in the slot is stopped, as by a stop of the run, and the slot
/// takes no further one. Other slots go on. Any thread.
class SlotStops {
 public:
  void request(const std::string& slot) { source(slot).request_stop(); }
  [[nodiscard]] std::stop_source source(const std::string& slot) {
    const std::scoped_lock guard(lock_);
    return sources_[slot];
  }

 private:
  std::mutex lock_;
  std::map<std::string, std::stop_source> sources_;
};

}  // namespace plugrig
