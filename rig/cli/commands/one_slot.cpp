#include "rig/cli/commands/one_slot.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

#include "rig/cli/commands/files.hpp"
#include "rig/core/did_you_mean.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

/// Time for opening a port over the network.
constexpr Duration open_limit = std::chrono::seconds{10};

/// A bench, and which of its slots a command works on.
struct ChosenSlot {
  bench::BenchSpec bench;
  std::size_t index = 0;
};

ChosenSlot slot_of_bench(const po::variables_map& values, Console& console) {
  auto bench = read_bench(values["bench"].as<std::string>(), console);
  if (values.count("slot") == 0) {
    if (bench.slots.size() == 1) return {std::move(bench), 0};
    throw UsageError("the bench has several slots; name one with --slot");
  }
  const auto& name = values["slot"].as<std::string>();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < bench.slots.size(); ++i) {
    if (bench.slots[i].name == name) return {std::move(bench), i};
    names.push_back(bench.slots[i].name);
  }
  throw UsageError(with_did_you_mean("no slot '" + name + "' on this bench", name, names));
}

/// A slot without a bench file: a port and a wiring.
ChosenSlot slot_of_port(const po::variables_map& values, Console& console) {
  bench::BenchSpec bench;
  bench.name = "by hand";
  bench::SlotSpec& slot = bench.slots.emplace_back();
  slot.name = "hand";
  const auto& address = values["port"].as<std::string>();
  constexpr std::string_view scheme = "rfc2217://";
  slot.port = address.starts_with(scheme)
                  ? bench::PortSpec{bench::PortSpec::Kind::rfc2217, address.substr(scheme.size())}
                  : bench::PortSpec{bench::PortSpec::Kind::tty, address};
  const auto file = shipped_fixtures() / "wirings" / (values["wiring"].as<std::string>() + ".yaml");
  Problems problems;
  slot.wiring = bench::load_wiring(file, problems);
  print_problems(problems, console);
  if (problems.any_error()) throw UsageError("the wiring cannot be used");
  return {std::move(bench), 0};
}

ChosenSlot chosen_slot(const po::variables_map& values, Console& console) {
  if (values.count("bench") + values.count("port") != 1)
    throw UsageError("name the slot by --bench (and --slot), or the port by --port");
  auto chosen =
      values.count("bench") > 0 ? slot_of_bench(values, console) : slot_of_port(values, console);
  auto& slot = chosen.bench.slots.at(chosen.index);
  if (values.count("baud") > 0) slot.baud = values["baud"].as<std::uint32_t>();
  if (!slot.has_port)
    throw Fault("slot.no_loader", Blame::config, "This slot has no serial contacts.",
                "Name a slot of kind 'flash' or 'both'.");
  return chosen;
}

}  // namespace

bench::BenchSpec only_what_is_needed(bench::BenchSpec bench, std::size_t index) {
  const auto slot = bench.slots.at(index);
  bench.slots = {slot};
  if (slot.kind == bench::SlotKind::flash) {
    bench.mains.reset();
    bench.load.reset();
    bench.instruments.clear();
  }
  std::erase_if(bench.instruments,
                [&](const auto& instrument) { return instrument.name == slot.reference; });
  return bench;
}

void add_slot_options(po::options_description& options) {
  options.add_options()("bench", po::value<std::string>(), "bench file")(
      "slot", po::value<std::string>(), "slot of the bench")(
      "port", po::value<std::string>(), "without a bench: /dev/… or rfc2217://HOST:PORT")(
      "wiring", po::value<std::string>()->default_value("dtr-rts-two-transistor"),
      "with --port: a file of fixtures/wirings, no ending")("baud", po::value<std::uint32_t>(),
                                                            "rate of transfers, bit/s")(
      "rom-only", "use only the chip's own loader: slow, no digests")("json", "one event a line");
}

OneSlot::OneSlot(std::string command, const po::variables_map& values, Console& console)
    : command_(std::move(command)),
      console_(console),
      sink_(make_sink(values.count("json") > 0, console)) {
  const auto chosen = chosen_slot(values, console);
  name_ = chosen.bench.slots.at(chosen.index).name;
  SessionOptions options;
  options.factor = 0;
  options.command = command_;
  options.use_stub = values.count("rom-only") == 0;
  session_.emplace(only_what_is_needed(chosen.bench, chosen.index), options, console);
  // Mains of this slot is proven off, and stays locked off while its lines may be driven.
  if (auto* gate = session_->gate(); gate != nullptr && gate->has_slot(name_))
    lease_ = gate->lock_for_low_voltage(name_);
  port_ = session_->bench().slot(name_).port.get();
  devices_ = port_->open(within(open_limit));
}

OneSlot::~OneSlot() {
  if (port_ != nullptr) port_->close();
  lease_.release();
}

Deadline OneSlot::within(Duration limit) const {
  return {.at = session_->clock().now() + limit, .stop = console_.stop};
}

FlashProgressFn OneSlot::progress() {
  return [this](const FlashProgress& p) {
    show(event::StepProgress{.step = command_,
                             .phase = std::string(p.phase),
                             .address = p.address,
                             .done = p.done_bytes,
                             .total = p.total_bytes});
  };
}

void OneSlot::say(const std::string& text) {
  show(event::StepSaid{.step = command_, .text = text});
}

void OneSlot::show(event::Body body) {
  auto& clock = session_->clock();
  sink_->on({.at = clock.now(), .utc = clock.utc(), .slot = name_, .body = std::move(body)});
}

}  // namespace plugrig::cli
