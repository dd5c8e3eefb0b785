// Our RFC 2217 client as a program: takes orders from stdin, one a line, and answers each with one
// line, so that a test in another language can drive it against other people's servers.
//
//   open ADDRESS BAUD    offers LINE      lines dtr=1 rts=0    baud N
//   send COUNT SEED      receive COUNT    exchange COUNT SEED  drain    discard    close
//
// Answers: "ok", "ok DIGEST" (SHA-256 of the bytes sent or received) or "fault ID blame".
#include <array>
#include <chrono>
#include <iostream>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "drivers/serial/rfc2217_port.hpp"
#include "rig/core/digest.hpp"

namespace {

using namespace plugrig;
using Bytes = std::vector<std::uint8_t>;

constexpr Duration limit = std::chrono::seconds{60};

Bytes random_bytes(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes bytes(count);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random() >> 32);
  return bytes;
}

class Probe {
 public:
  std::string obey(const std::string& line) {
    std::istringstream in(line);
    std::string order;
    in >> order;
    if (order == "open") return open(in);
    if (!port_) return "error: not open";
    if (order == "offers") return offers(in);
    if (order == "lines") return lines(in);
    if (order == "baud") return baud(in);
    if (order == "send") return send(in);
    if (order == "receive") return receive(in);
    if (order == "exchange") return exchange(in);
    if (order == "drain") return port_->drain(soon()), "ok";
    if (order == "discard") return port_->discard_input(), "ok";
    if (order == "close") return port_.reset(), "ok";
    return "error: unknown order " + order;
  }

 private:
  Deadline soon() { return {clock_->now() + limit, {}}; }

  std::string open(std::istringstream& in) {
    serial::Rfc2217Options options;
    in >> options.address >> options.baud;
    options.answer_limit = std::chrono::seconds{10};
    port_ = std::make_unique<serial::Rfc2217Port>(*clock_, options, soon());
    return "ok";
  }

  std::string offers(std::istringstream& in) {
    std::string line;
    in >> line;
    return port_->offers(line == "dtr" ? Signal::dtr : Signal::rts) ? "ok yes" : "ok no";
  }

  std::string lines(std::istringstream& in) {
    std::vector<LineChange> changes;
    for (std::string word; in >> word;) {
      changes.push_back(
          {word.substr(0, 3) == "dtr" ? Signal::dtr : Signal::rts, word.back() == '1'});
    }
    port_->set(changes);
    return "ok";
  }

  std::string baud(std::istringstream& in) {
    std::uint32_t rate = 0;
    in >> rate;
    port_->set_baud(rate);
    return "ok";
  }

  std::string send(std::istringstream& in) {
    const Bytes bytes = wanted(in);
    port_->write(bytes, soon());
    return "ok " + sha256_hex(bytes);
  }

  std::string receive(std::istringstream& in) {
    std::size_t count = 0;
    in >> count;
    return "ok " + sha256_hex(read(count));
  }

  /// For a peer that sends everything back: both directions full at the same time.
  std::string exchange(std::istringstream& in) {
    const Bytes bytes = wanted(in);
    port_->write(bytes, soon());
    return read(bytes.size()) == bytes ? "ok same" : "ok different";
  }

  static Bytes wanted(std::istringstream& in) {
    std::size_t count = 0;
    std::uint64_t seed = 0;
    in >> count >> seed;
    return random_bytes(count, seed);
  }

  Bytes read(std::size_t count) {
    Bytes bytes(count);
    std::size_t have = 0;
    while (have < count) {
      const std::size_t got = port_->read(std::span(bytes).subspan(have), soon());
      if (got == 0) break;
      have += got;
    }
    bytes.resize(have);
    return bytes;
  }

  std::unique_ptr<Clock> clock_ = make_real_clock();
  std::unique_ptr<serial::Rfc2217Port> port_;
};

}  // namespace

int main() {
  Probe probe;
  for (std::string line; std::getline(std::cin, line);) {
    try {
      std::cout << probe.obey(line) << std::endl;
    } catch (const Fault& fault) {
      std::cout << "fault " << fault.id() << ' ' << to_string(fault.blame()) << std::endl;
    }
  }
}
