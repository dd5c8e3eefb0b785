#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "drivers/api/http_exchange.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::test {

/// A network of plugs: what listens at an address is a function from target to reply. An address
/// without one does not answer until the deadline.
class FakeHttp final : public HttpExchange {
 public:
  explicit FakeHttp(Clock& clock) : clock_(clock) {}

  using Server = std::function<HttpReply(const std::string& target)>;
  std::map<std::string, Server> servers;
  std::map<std::string, std::string> names;
  std::map<std::string, std::string> neighbours;
  Duration latency = std::chrono::milliseconds{50};
  std::vector<std::string> targets;
  std::vector<Instant> times;
  std::vector<std::uint16_t> ports;

  HttpReply get(const HttpRequest& request, const Deadline& deadline) override {
    targets.push_back(request.target);
    times.push_back(clock_.now());
    ports.push_back(request.port);
    const auto server = servers.find(request.address);
    if (server == servers.end()) {
      clock_.sleep_until(deadline);
      throw Fault("http.timeout", Blame::contact, "No answer.", "Look.");
    }
    clock_.sleep_for(latency, deadline);
    return server->second(request.target);
  }
  std::optional<std::string> resolve(const std::string& host_name, const Deadline&) override {
    asked_names.push_back(host_name);
    const auto known = names.find(host_name);
    return known == names.end() ? std::nullopt : std::optional(known->second);
  }
  std::optional<std::string> neighbour(const std::string& mac) override {
    const auto known = neighbours.find(mac);
    return known == neighbours.end() ? std::nullopt : std::optional(known->second);
  }
  std::vector<std::string> asked_names;

 private:
  Clock& clock_;
};

/// Value of one query parameter, unescaped; "" when it is not there.
inline std::string query_value(const std::string& target, const std::string& name) {
  std::size_t at = target.find('?');
  while (at != std::string::npos) {
    const std::size_t end = target.find('&', at + 1);
    const std::string pair = target.substr(at + 1, end == std::string::npos ? end : end - at - 1);
    if (pair.starts_with(name + "=")) {
      std::string out;
      for (std::size_t i = name.size() + 1; i < pair.size(); ++i) {
        if (pair[i] == '%') {
          out += static_cast<char>(std::stoi(pair.substr(i + 1, 2), nullptr, 16));
          i += 2;
        } else {
          out += pair[i];
        }
      }
      return out;
    }
    at = end;
  }
  return {};
}

/// A plug's web server: answers Status 5, asks for a password when it has one.
struct WebPlug {
  std::string mac;
  std::string password = {};
  bool old_refusal = false;  ///< refuses with 200, as firmware before 14.3

  HttpReply operator()(const std::string& target) const {
    if (!password.empty() && query_value(target, "password") != password) {
      return {old_refusal ? 200 : 401, R"({"WARNING":"Need user=<username>&password=<password>"})"};
    }
    const std::string command = query_value(target, "cmnd");
    if (command == "Status 5") {
      return {200,
              R"({"StatusNET":{"Hostname":"tasmota-183C31-7217","IPAddress":"10.0.0.7","Mac":")" +
                  mac + R"("}})"};
    }
    if (command == "Status") return {200, R"({"Status":{"Module":0}})"};
    return {200, R"({"Command":"Unknown","Input":")" + command + R"("})"};
  }
};

}  // namespace plugrig::test
