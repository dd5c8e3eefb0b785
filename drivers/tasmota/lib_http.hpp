#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "drivers/api/http_exchange.hpp"

namespace plugrig::tasmota {

struct LibHttpOptions {
  std::size_t longest_body = std::size_t{64} * 1024;  ///< bytes; more is `http.broken`
  std::filesystem::path neighbour_table = "/proc/net/arp";
};

/// HTTP over cpp-httplib: real time only, callable from several threads. One connection a request
/// ("Connection: close"), no redirects, no compression. Deadline and stop end a request within
/// 300 ms in any phase: connecting, a dripping header, an endless body.
class LibHttp final : public HttpExchange {
 public:
  /// `clock` is the real one and outlives this.
  explicit LibHttp(Clock& clock, LibHttpOptions options = {});
  ~LibHttp() override;
  LibHttp(const LibHttp&) = delete;
  LibHttp& operator=(const LibHttp&) = delete;

  HttpReply get(const HttpRequest& request, const Deadline& deadline) override;
  /// IPv4. The system's resolver cannot be interrupted: a look-up that outlives the deadline goes
  /// on in the background, and the next call for the same name waits for it instead of starting
  /// one.
  std::optional<std::string> resolve(const std::string& host_name,
                                     const Deadline& deadline) override;
  std::optional<std::string> neighbour(const std::string& mac) override;

 private:
  struct LookUp;

  Clock& clock_;
  LibHttpOptions options_;
  std::mutex lock_;
  std::map<std::string, std::shared_ptr<LookUp>> look_ups_;  ///< running; by host name
};

}  // namespace plugrig::tasmota
