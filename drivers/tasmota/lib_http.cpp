#include "drivers/tasmota/lib_http.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <httplib.h>
#include <netdb.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>
#include <utility>

#include "drivers/tasmota/neighbour_table.hpp"
#include "rig/core/fault.hpp"
#include "rig/core/fd_wait.hpp"

namespace plugrig::tasmota {
namespace {

using namespace std::chrono_literals;

/// The library's own limits are never to come first: the deadline ends a request from outside.
constexpr auto library_limit = 24h;
/// Between two attempts to end a request, and between two looks at a running look-up.
constexpr Duration poll = 10ms;

/// Ends a request from another thread. Holds a second descriptor of the library's socket, because
/// the library may close its own at any time and the number would then be somebody else's.
class SocketCutter {
 public:
  /// Called by the library when it has made a socket, before it connects.
  void watch(int socket) {
    const std::lock_guard guard(lock_);
    socket_ = UniqueFd(::dup(socket));
  }
  void cut() {
    const std::lock_guard guard(lock_);
    if (socket_) ::shutdown(socket_.get(), SHUT_RDWR);
  }

 private:
  std::mutex lock_;
  UniqueFd socket_;
};

/// What came of a request.
struct Outcome {
  httplib::Error error = httplib::Error::Unknown;
  HttpReply reply;
  bool too_long = false;
};

/// The library writes to sockets that may be cut off; that must not signal the process.
void block_sigpipe() {
  sigset_t set{};
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Outcome fetch(const HttpRequest& request, const std::string& address, std::size_t longest_body,
              SocketCutter& cutter) {
  Outcome outcome;
  httplib::Client client(address, request.port);
  client.set_connection_timeout(library_limit);
  client.set_read_timeout(library_limit);
  client.set_write_timeout(library_limit);
  client.set_keep_alive(false);
  client.set_follow_location(false);
  client.set_decompress(false);
  client.set_url_encode(false);
  client.set_socket_options([&](socket_t socket) { cutter.watch(socket); });
  const auto result = client.Get(request.target, [&](const char* data, std::size_t length) {
    outcome.too_long = outcome.reply.body.size() + length > longest_body;
    if (!outcome.too_long) outcome.reply.body.append(data, length);
    return !outcome.too_long;
  });
  outcome.error = result.error();
  if (result) outcome.reply.status = result->status;
  return outcome;
}

std::string where(const HttpRequest& request) {
  return fmt::format("{}:{}", request.address, request.port);
}

Fault timed_out(const HttpRequest& request) {
  return {"http.timeout", Blame::contact, fmt::format("{} did not answer in time.", where(request)),
          "Check that the plug is on and joined, and its Wi-Fi reception."};
}

Fault unreachable(const HttpRequest& request, const std::string& why) {
  return {"http.unreachable",
          Blame::contact,
          fmt::format("Nothing answers at {}.", where(request)),
          "Check the address, and that this machine is in the plug's network.",
          {{"error", why}}};
}

Fault broken(const HttpRequest& request, const std::string& why) {
  return {"http.broken",
          Blame::contact,
          fmt::format("The answer of {} broke off or is none.", where(request)),
          "Check the plug's Wi-Fi reception and its supply.",
          {{"error", why}}};
}

/// Blocks as long as the system's resolver likes.
std::optional<std::string> ask_resolver(const std::string& host_name) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (::getaddrinfo(host_name.c_str(), nullptr, &hints, &list) != 0) return std::nullopt;
  std::array<char, INET_ADDRSTRLEN> text{};
  const int error = ::getnameinfo(list->ai_addr, list->ai_addrlen, text.data(), text.size(),
                                  nullptr, 0, NI_NUMERICHOST);
  ::freeaddrinfo(list);
  if (error != 0) return std::nullopt;
  return std::string(text.data());
}

bool is_address(const std::string& text) {
  in_addr parsed{};
  return ::inet_pton(AF_INET, text.c_str(), &parsed) == 1;
}

}  // namespace

/// One look-up; belongs to its thread as well, which may outlive everything else.
struct LibHttp::LookUp {
  std::atomic<bool> done = false;
  std::optional<std::string> address;  ///< written before `done`
};

LibHttp::LibHttp(Clock& clock, LibHttpOptions options)
    : clock_(clock), options_(std::move(options)) {}

LibHttp::~LibHttp() = default;

HttpReply LibHttp::get(const HttpRequest& request, const Deadline& deadline) {
  const auto address = resolve(request.address, deadline);
  if (!address) {
    if (clock_.now() >= deadline.at) throw timed_out(request);
    throw unreachable(request, "the host name is not known");
  }
  SocketCutter cutter;
  Outcome outcome;
  std::atomic<bool> done = false;
  std::jthread worker([&] {
    block_sigpipe();
    outcome = fetch(request, *address, options_.longest_body, cutter);
    done = true;
    clock_.notify();
  });
  const auto is_done = [&] { return done.load(); };
  const WaitResult waited = clock_.wait(is_done, deadline);
  // A socket that is not connected yet takes no cut, so it is tried until the request has ended.
  while (!done) {
    cutter.cut();
    clock_.wait(is_done, {.at = clock_.now() + poll});
  }
  worker.join();
  if (waited == WaitResult::stopped) throw Stopped{};
  if (waited == WaitResult::timeout) throw timed_out(request);
  if (outcome.too_long) {
    throw broken(request, fmt::format("more than {} bytes", options_.longest_body));
  }
  if (outcome.error == httplib::Error::Success) return std::move(outcome.reply);
  if (outcome.error == httplib::Error::Connection) {
    throw unreachable(request, httplib::to_string(outcome.error));
  }
  throw broken(request, httplib::to_string(outcome.error));
}

std::optional<std::string> LibHttp::resolve(const std::string& host_name,
                                            const Deadline& deadline) {
  if (host_name.empty()) return std::nullopt;
  if (is_address(host_name)) return host_name;
  std::shared_ptr<LookUp> look_up;
  {
    const std::lock_guard guard(lock_);
    std::shared_ptr<LookUp>& running = look_ups_[host_name];
    if (!running) {
      running = std::make_shared<LookUp>();
      std::thread([host_name, mine = running] {
        mine->address = ask_resolver(host_name);
        mine->done = true;
      }).detach();
    }
    look_up = running;
  }
  while (!look_up->done && clock_.now() < deadline.at) clock_.sleep_for(poll, deadline);
  if (!look_up->done) return std::nullopt;
  const std::lock_guard guard(lock_);
  // The next question is a new one: the plug may have joined by then.
  const auto known = look_ups_.find(host_name);
  if (known != look_ups_.end() && known->second == look_up) look_ups_.erase(known);
  return look_up->address;
}

std::optional<std::string> LibHttp::neighbour(const std::string& mac) {
  std::ifstream file(options_.neighbour_table);
  const std::string table{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return find_neighbour(table, mac);
}

}  // namespace plugrig::tasmota
