#include "tests/usb_bench/emulated_bench.hpp"

#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

#include "tests/usb_bus/usb_bus.hpp"

namespace plugrig::test {
namespace {

using Link = bench::InstrumentSpec::Link;

std::uint16_t port_of(std::string_view address) {
  std::uint16_t port = 0;
  const auto colon = address.rfind(':');
  std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  return port;
}

}  // namespace

bench::BenchSpec simulated_counterpart(bench::BenchSpec bench) {
  for (auto& instrument : bench.instruments) {
    if (instrument.link == Link::tcp) instrument.serve_tcp = port_of(instrument.address);
    if (instrument.link == Link::rtu) instrument.serve_pty = instrument.address;
    if (instrument.link != Link::person) instrument.link = Link::twin;
  }
  return bench;
}

EmulatedBench::EmulatedBench(const bench::BenchSpec& bench, std::uint64_t seed)
    : bench_(simulated_counterpart(bench)),
      clock_(make_real_clock()),
      twin_(bench_, seed),
      adapters_(bench_, twin_, *clock_, usb_bus::now),
      servers_(twin_, bench_, *clock_) {
  for (const auto& adapter : adapters_.adapters()) usb_bus::plug(adapter.chip, adapter.path);
  pump_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const auto next = adapters_.work();
      if (clock_->wait({}, {next, stop}) == WaitResult::stopped) return;
    }
  });
  serving_ = std::jthread([this](const std::stop_token& stop) { servers_.run(stop); });
}

EmulatedBench::~EmulatedBench() {
  serving_.request_stop();
  pump_.request_stop();
  serving_.join();
  pump_.join();
  for (const auto& adapter : adapters_.adapters()) usb_bus::unplug(adapter.path);
}

void EmulatedBench::unplug(const std::string& adapter) {
  usb_bus::unplug(adapters_.adapter(adapter).path);
}

void EmulatedBench::plug(const std::string& adapter) {
  usb_bus::plug(adapters_.adapter(adapter).chip, adapters_.adapter(adapter).path);
}

}  // namespace plugrig::test
