#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fixtures/twin/image_maker.hpp"
#include "tests/unit/twin_world/driven_bench.hpp"

namespace plugrig::twin {

inline constexpr const char* kEp2Template =
    R"({"NAME":"Gosund EP2","GPIO":[56,255,158,255,132,134,0,0,131,17,0,21,0],"FLAG":0,"BASE":45})";

/// A plug with firmware, set up over its console and joined to the network on mains.
class JoinedBench {
 public:
  explicit JoinedBench(const bench::BenchSpec& spec, int slots = 1) : driven_(spec) {
    for (int n = 1; n <= slots; ++n) configure("F" + std::to_string(n));
    driven_.relay(1, 8, true);
    for (int n = 1; n <= slots; ++n) driven_.relay(1, n, true);
    driven_.wait(std::chrono::seconds{20});
  }

  Driven& driven() { return driven_; }
  TwinBench& bench() { return driven_.bench; }

  /// Empty when nobody answers within 2 s.
  std::string http(const std::string& address, const std::string& target) {
    auto* slot = bench().at_address(address);
    if (slot == nullptr) return "";
    const auto number =
        slot->http_begin({.target = target, .host = address, .authorization = "", .body = ""});
    for (int i = 0; number != 0 && i < 200; ++i) {
      driven_.wait(std::chrono::milliseconds{10});
      if (auto reply = slot->http_take(number)) return reply->body;
    }
    return "";
  }
  /// ENERGY of `Status 10`, or null.
  nlohmann::json energy(const std::string& address) {
    const auto body = http(address, "/cm?cmnd=Status%2010");
    const auto json = nlohmann::json::parse(body, nullptr, false);
    return json.contains("StatusSNS") ? json["StatusSNS"]["ENERGY"] : nlohmann::json{};
  }

 private:
  void configure(const std::string& name) {
    auto& slot = bench().slot(name);
    slot.load_flash(0, std::vector<std::uint8_t>(slot.flash().size(), 0xFF));
    slot.load_flash(0, make_image({.size_bytes = kSmallImage}));
    bench().set_port_open(name, true, driven_.now);
    slot.advance(slot.now() + std::chrono::seconds{12});
    line(slot, std::string("Template ") + kEp2Template);
    line(slot, "Module 0");
    slot.advance(slot.now() + std::chrono::seconds{12});
    line(slot, "Backlog SSID1 bench; Password1 correct horse");
    slot.advance(slot.now() + std::chrono::seconds{15});
    bench().set_port_open(name, false, slot.now());
    driven_.now = std::max(driven_.now, slot.now());
    driven_.wait(std::chrono::milliseconds{300});
  }
  static void line(TwinSlot& slot, const std::string& text) {
    for (const char c : text + "\n") slot.advance(slot.send(static_cast<std::uint8_t>(c), 115'200));
    slot.advance(slot.now() + std::chrono::seconds{2});
  }

  Driven driven_;
};

}  // namespace plugrig::twin
