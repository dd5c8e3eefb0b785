#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "drivers/api/file_server.hpp"
#include "rig/core/clock.hpp"

namespace plugrig::tasmota {

struct HttpFileServerOptions {
  /// IPv4 address of this computer at which plugs reach it: bound, and named in URLs.
  std::string address;
  std::uint16_t port = 0;  ///< 0: any that is free
};

/// Files for plugs over plain HTTP, with a length announced, as their updates need it (Tasmota
/// notes §16). Real time only; a thread of its own. Plugs are not asked who they are: what is
/// offered must hold no secrets.
class HttpFileServer final : public FileServer {
 public:
  /// Listens from now on; `clock` is the real one. Fault `files.address` (config) when the address
  /// or port cannot be bound.
  HttpFileServer(Clock& clock, const HttpFileServerOptions& options);
  /// Breaks off transfers that run.
  ~HttpFileServer() override;
  HttpFileServer(const HttpFileServer&) = delete;
  HttpFileServer& operator=(const HttpFileServer&) = delete;

  std::string offer(FileOffer offer) override;
  [[nodiscard]] FileFetches fetches(const std::string& url) const override;
  void withdraw(const std::string& url) noexcept override;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace plugrig::tasmota
