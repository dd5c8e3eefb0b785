#include "tests/unit/modbus/faulty_server.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace plugrig::modbus::test {

namespace {

using namespace std::chrono_literals;

/// Table-free CRC of an RTU frame, written for the test alone.
void add_crc(std::vector<std::uint8_t>& frame) {
  unsigned crc = 0xFFFF;
  for (const std::uint8_t byte : frame) {
    crc ^= byte;
    for (int i = 0; i < 8; ++i) crc = (crc & 1U) != 0 ? crc >> 1U ^ 0xA001U : crc >> 1U;
  }
  frame.push_back(static_cast<std::uint8_t>(crc & 0xFFU));
  frame.push_back(static_cast<std::uint8_t>(crc >> 8U));
}

}  // namespace

FaultyServer::FaultyServer(const Clock& clock, Framing framing, std::uint64_t seed, SentMark& mark,
                           Duration promise)
    : clock_(clock), framing_(framing), random_(seed), mark_(mark), promise_(promise) {
  if (framing == Framing::rtu) {
    line_ = UniqueFd(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!line_ || ::grantpt(line_.get()) != 0 || ::unlockpt(line_.get()) != 0) {
      throw std::runtime_error("no pseudo terminal");
    }
    device_ = ::ptsname(line_.get());
  } else {
    listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 4) != 0 ||
        ::getsockname(listener_.get(), generic, &size) != 0) {
      throw std::runtime_error("no listening socket");
    }
    port_ = ntohs(address.sin_port);
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

FaultyServer::~FaultyServer() = default;

bool FaultyServer::excused(std::uint32_t serial) const {
  const std::lock_guard lock(mutex_);
  return excused_.contains(serial);
}

std::map<std::string, int> FaultyServer::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::set<std::uint16_t> FaultyServer::transactions() const {
  const std::lock_guard lock(mutex_);
  return transactions_;
}

void FaultyServer::count(const std::string& what) {
  const std::lock_guard lock(mutex_);
  ++counts_[what];
}

void FaultyServer::serve(const std::stop_token& stop) {
  try {
    while (!stop.stop_requested()) {
      Instant next = clock_.now() + 50ms;
      for (const Pending& one : pending_) next = std::min(next, one.due);
      std::vector<FdWatch> watches;
      if (line_) watches.push_back({.fd = line_.get(), .read = true});
      if (listener_) watches.push_back({.fd = listener_.get(), .read = true});
      const bool seen = wait_fds(clock_, watches, {next, stop});
      if (seen && listener_) accept_client();
      if (seen && line_) take_requests();
      write_due();
      // A pty whose other side is closed is always "ready".
      if (seen && line_ && watches.front().closed) wait_fds(clock_, {}, {clock_.now() + 1ms, stop});
    }
  } catch (const Stopped&) {
    // the end of the test
  }
}

void FaultyServer::accept_client() {
  const int client = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (client < 0) return;
  line_ = UniqueFd(client);
  input_.clear();
  pending_.clear();
}

void FaultyServer::take_requests() {
  std::array<std::uint8_t, 512> bytes{};
  const ssize_t got = ::read(line_.get(), bytes.data(), bytes.size());
  if (got == 0 && framing_ == Framing::tcp) line_.reset();
  if (got <= 0) return;
  input_.insert(input_.end(), bytes.begin(), bytes.begin() + got);
  const std::size_t head = framing_ == Framing::tcp ? 6 : 0;
  const std::size_t whole = framing_ == Framing::tcp ? 12 : 8;  // reads only
  while (input_.size() >= whole) {
    header_.assign(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(head));
    if (head != 0) {
      const std::lock_guard lock(mutex_);
      transactions_.insert(static_cast<std::uint16_t>(header_[0] << 8U | header_[1]));
    }
    plan({input_.begin() + static_cast<std::ptrdiff_t>(head),
          input_.begin() + static_cast<std::ptrdiff_t>(head) + 6});
    input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(whole));
  }
}

std::vector<std::uint8_t> FaultyServer::answer(const std::vector<std::uint8_t>& request,
                                               std::uint8_t unit_change) const {
  const std::uint32_t serial = serial_;
  return framed({static_cast<std::uint8_t>(request[0] ^ unit_change), request[1], 6, request[2],
                 request[3], static_cast<std::uint8_t>(serial >> 24U),
                 static_cast<std::uint8_t>(serial >> 16U), static_cast<std::uint8_t>(serial >> 8U),
                 static_cast<std::uint8_t>(serial)});
}

std::vector<std::uint8_t> FaultyServer::framed(std::vector<std::uint8_t> unit_and_pdu) const {
  if (framing_ == Framing::rtu) {
    add_crc(unit_and_pdu);
    return unit_and_pdu;
  }
  std::vector<std::uint8_t> frame{
      header_[0], header_[1], 0, 0, 0, static_cast<std::uint8_t>(unit_and_pdu.size())};
  frame.insert(frame.end(), unit_and_pdu.begin(), unit_and_pdu.end());
  return frame;
}

Duration FaultyServer::between_ms(int least, int most) {
  return std::chrono::milliseconds{std::uniform_int_distribution<int>(least, most)(random_)};
}

void FaultyServer::later(Duration after, std::vector<std::uint8_t> bytes, bool then_close) {
  pending_.push_back({clock_.now() + after, serial_, Instant{Duration{mark_.at_ns.load()}},
                      std::move(bytes), then_close});
}

/// The client's time-out is 15 ms, and 40 ms is the promise.
void FaultyServer::plan(const std::vector<std::uint8_t>& request) {
  ++serial_;
  std::vector<std::uint8_t> right = answer(request);
  const auto half = static_cast<std::ptrdiff_t>(right.size() / 2);
  const int dice = static_cast<int>(random_() % 100);
  if (dice < 76) {
    count("right");
    later(0ms, right);
  } else if (dice < 82) {
    count("late");
    later(between_ms(17, 34), right);
  } else if (dice < 85) {
    count("lost");
  } else if (dice < 87) {
    count("cut");
    later(0ms, {right.begin(), right.begin() + half}, framing_ == Framing::tcp);
  } else if (dice < 89) {
    count("wrong unit");
    later(0ms, answer(request, 2));
  } else if (dice < 91) {
    count("wrong unit, late");
    later(between_ms(17, 34), answer(request, 2));
  } else if (dice < 93) {
    count("exception");
    later(0ms, framed({request[0], static_cast<std::uint8_t>(request[1] | 0x80U), 2}));
  } else if (dice < 96) {
    count("in two pieces");
    later(0ms, {right.begin(), right.begin() + half});
    later(4ms, {right.begin() + half, right.end()});
  } else if (framing_ == Framing::tcp) {
    count("wrong transaction");
    right[0] ^= 0x40U;  // of no request that is sent in this test
    later(0ms, right);
  } else if (dice < 98) {
    count("flipped");
    const std::size_t bit = random_() % (8 * right.size());
    right[bit / 8] = static_cast<std::uint8_t>(right[bit / 8] ^ 1U << bit % 8);
    later(0ms, right);
  } else {
    count("noise before the right");
    right.insert(right.begin(), {0x55, 0x03, 0xAA});
    later(0ms, right);
  }
}

void FaultyServer::write_due() {
  std::ranges::stable_sort(pending_, {}, &Pending::due);
  while (!pending_.empty() && pending_.front().due <= clock_.now()) {
    const Pending one = std::move(pending_.front());
    pending_.erase(pending_.begin());
    // Later than promised because this thread did not get to run: lost instead.
    if (!line_ || clock_.now() - one.sent > promise_ - 3ms) continue;
    [[maybe_unused]] const ssize_t written =
        ::write(line_.get(), one.bytes.data(), one.bytes.size());
    if (clock_.now() - one.sent > promise_) {
      const std::lock_guard lock(mutex_);
      excused_.insert(one.serial);
    }
    if (one.then_close) line_.reset();
  }
}

}  // namespace plugrig::modbus::test
