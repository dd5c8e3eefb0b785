#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "fixtures/twin/net/plug_access.hpp"

namespace plugrig::twin {

/// One plug, "tasmota-1" at 127.0.0.1, that answers every request after `delay` with what it was
/// asked.
class FakePlugs final : public PlugAccess {
 public:
  explicit FakePlugs(Duration delay) : delay_(delay) {}

  bool listening(const std::string& address, Duration /*now*/) override {
    const std::scoped_lock lock(mutex_);
    return joined_ && address == "127.0.0.1";
  }
  std::uint64_t begin(const std::string& address, const PlugHttpRequest& request,
                      Duration now) override {
    const std::scoped_lock lock(mutex_);
    if (!joined_ || address != "127.0.0.1") return 0;
    requests_.push_back(request);
    due_.push_back(now + delay_);
    return requests_.size();
  }
  std::optional<PlugHttpReply> take(const std::string& /*address*/, std::uint64_t number,
                                    Duration now) override {
    const std::scoped_lock lock(mutex_);
    if (mute_ || now < due_.at(number - 1)) return std::nullopt;
    auto reply = reply_;
    reply.body += requests_.at(number - 1).target;
    return reply;
  }
  std::optional<Duration> due(const std::string& /*address*/, std::uint64_t number,
                              Duration /*now*/) override {
    const std::scoped_lock lock(mutex_);
    ++asked_when_;
    return mute_ ? std::nullopt : std::optional(due_.at(number - 1));
  }
  std::optional<std::string> address_of_host(const std::string& host, Duration /*now*/) override {
    return host == "tasmota-1" ? std::optional<std::string>("127.0.0.1") : std::nullopt;
  }
  std::optional<std::string> address_of_mac(const std::string& mac, Duration /*now*/) override {
    return mac == "A4:CF:12:00:00:01" ? std::optional<std::string>("127.0.0.1") : std::nullopt;
  }

  void set_joined(bool joined) {
    const std::scoped_lock lock(mutex_);
    joined_ = joined;
  }
  void set_mute(bool mute) {
    const std::scoped_lock lock(mutex_);
    mute_ = mute;
  }
  void set_reply(PlugHttpReply reply) {
    const std::scoped_lock lock(mutex_);
    reply_ = std::move(reply);
  }
  /// How often somebody found no answer and asked when it comes.
  int asked_when() {
    const std::scoped_lock lock(mutex_);
    return asked_when_;
  }
  std::vector<PlugHttpRequest> requests() {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

 private:
  std::mutex mutex_;
  Duration delay_;
  bool joined_ = true;
  bool mute_ = false;
  PlugHttpReply reply_;
  std::vector<PlugHttpRequest> requests_;
  std::vector<Duration> due_;
  int asked_when_ = 0;
};

}  // namespace plugrig::twin
