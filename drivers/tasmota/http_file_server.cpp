#include "drivers/tasmota/http_file_server.hpp"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "rig/core/fault.hpp"

namespace plugrig::tasmota {
namespace {

/// As many plugs as a large bench updates at once.
constexpr std::size_t kThreads = 16;
/// Handed to the socket at once: small, so that the count follows the transfer.
constexpr std::size_t kPiece = std::size_t{4} * 1024;
/// What a socket holds that its plug has not taken yet (the kernel doubles it): without a limit it
/// would grow to the size of an image.
constexpr int kSendBuffer = 16 * 1024;
constexpr Duration kPoll = std::chrono::milliseconds{1};

/// One offer. The bytes never change, so that transfers read them without a lock.
struct Offered {
  std::vector<std::uint8_t> bytes;
  std::size_t end = 0;  ///< where a transfer stops
  std::atomic<int> requests = 0;
  std::atomic<std::size_t> sent = 0;
};

std::shared_ptr<Offered> offered_of(std::vector<std::uint8_t> bytes, std::size_t end) {
  auto offered = std::make_shared<Offered>();
  offered->end = std::min(end, bytes.size());
  offered->bytes = std::move(bytes);
  return offered;
}

std::string safe_name(std::string name) {
  const auto harmless = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_';
  };
  // Plugs look for other files where there is a '-' in the name (Tasmota notes §16).
  for (char& c : name) c = harmless(c) ? c : '_';
  return name;
}

/// The library would let two programs share a port, and each would get some of the requests.
/// Connections have the options of the socket that listens.
void set_options(int socket) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
}

/// True: more may follow.
bool send_piece(Offered& offered, std::size_t offset, httplib::DataSink& sink) {
  if (offset >= offered.end) return false;
  const auto length = std::min(kPiece, offered.end - offset);
  if (!sink.write(reinterpret_cast<const char*>(offered.bytes.data()) + offset, length))
    return false;
  offered.sent += length;
  return true;
}

}  // namespace

struct HttpFileServer::Inside {
  httplib::Server server;
  std::string base;  ///< "http://10.0.0.2:8266"
  std::thread thread;
  mutable std::mutex lock;
  std::map<std::string, std::shared_ptr<Offered>> offers;  ///< by path
  int last = 0;

  [[nodiscard]] std::shared_ptr<Offered> find(const std::string& path) const {
    const std::lock_guard guard(lock);
    const auto found = offers.find(path);
    return found == offers.end() ? nullptr : found->second;
  }
  [[nodiscard]] std::string path_of(const std::string& url) const {
    return url.starts_with(base) ? url.substr(base.size()) : std::string();
  }
  void answer(const httplib::Request& request, httplib::Response& response) const;
};

void HttpFileServer::Inside::answer(const httplib::Request& request,
                                    httplib::Response& response) const {
  const auto offered = find(request.path);
  if (!offered) {
    constexpr int not_found = 404;
    response.status = not_found;
    return;
  }
  ++offered->requests;
  response.set_content_provider(
      offered->bytes.size(), "application/octet-stream",
      [offered](std::size_t offset, std::size_t /*length*/, httplib::DataSink& sink) {
        return send_piece(*offered, offset, sink);
      });
}

HttpFileServer::HttpFileServer(Clock& clock, const HttpFileServerOptions& options)
    : inside_(std::make_unique<Inside>()) {
  auto& server = inside_->server;
  server.set_socket_options(set_options);
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.Get(
      ".*", [inside = inside_.get()](const httplib::Request& request, httplib::Response& response) {
        inside->answer(request, response);
      });
  const bool any = options.port == 0;
  const int port = any ? server.bind_to_any_port(options.address)
                   : server.bind_to_port(options.address, options.port) ? options.port
                                                                        : -1;
  if (port <= 0)
    throw Fault("files.address", Blame::config,
                fmt::format("Firmware cannot be offered at {} port {}.", options.address,
                            any ? "any" : std::to_string(options.port)),
                "Give the bench file an address of this computer as 'file_server', and a port that "
                "no other program uses.");
  inside_->base = fmt::format("http://{}:{}", options.address, port);
  inside_->thread = std::thread([&server] { server.listen_after_bind(); });
  // A server that is stopped before it has begun would never end.
  while (!server.is_running()) clock.sleep_for(kPoll, {});
}

HttpFileServer::~HttpFileServer() {
  inside_->server.stop();
  inside_->thread.join();
}

std::string HttpFileServer::offer(FileOffer offer) {
  auto offered = offered_of(std::move(offer.bytes), offer.cut_after.value_or(SIZE_MAX));
  const std::lock_guard guard(inside_->lock);
  const auto path = fmt::format("/{}/{}", ++inside_->last, safe_name(std::move(offer.name)));
  inside_->offers.emplace(path, std::move(offered));
  if (!offer.minimal.empty())
    inside_->offers.emplace(minimal_beside(path), offered_of(std::move(offer.minimal), SIZE_MAX));
  return inside_->base + path;
}

FileFetches HttpFileServer::fetches(const std::string& url) const {
  const auto offered = inside_->find(inside_->path_of(url));
  if (!offered) return {};
  return {offered->requests.load(), offered->sent.load()};
}

void HttpFileServer::withdraw(const std::string& url) noexcept {
  const std::lock_guard guard(inside_->lock);
  const auto path = inside_->path_of(url);
  inside_->offers.erase(path);
  inside_->offers.erase(minimal_beside(path));
}

}  // namespace plugrig::tasmota
