#include "rig/cli/commands/one_slot.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

#include "rig/cli/commands/files.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

/// Time for opening a port over the network.
constexpr Duration open_limit = std::chrono::seconds{10};

/// Bad files end the command like bad usage does, with all problems told.
bench::BenchSpec read_bench(const std::string& file, Console& console) {
  Problems problems;
  auto bench = bench::load_bench(file, shipped_fixtures(), problems);
  print_problems(problems, console);
  if (problems.any_error()) throw UsageError("the bench file has errors");
  return bench;
}

bench::SlotSpec slot_of_bench(const po::variables_map& values, Console& console) {
  const auto bench = read_bench(values["bench"].as<std::string>(), console);
  if (values.count("slot") == 0) {
    if (bench.slots.size() == 1) return bench.slots.front();
    throw UsageError("the bench has several slots; name one with --slot");
  }
  const auto& name = values["slot"].as<std::string>();
  std::vector<std::string> names;
  for (const auto& slot : bench.slots) {
    if (slot.name == name) return slot;
    names.push_back(slot.name);
  }
  const auto near = nearest_name(name, names);
  throw UsageError("no slot '" + name + "' on this bench" +
                   (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

/// A slot without a bench file: a port and a wiring.
bench::SlotSpec slot_of_port(const po::variables_map& values, Console& console) {
  bench::SlotSpec slot;
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
  return slot;
}

bench::SlotSpec chosen_slot(const po::variables_map& values, Console& console) {
  if (values.count("bench") + values.count("port") != 1)
    throw UsageError("name the slot by --bench (and --slot), or the port by --port");
  auto slot =
      values.count("bench") > 0 ? slot_of_bench(values, console) : slot_of_port(values, console);
  if (values.count("baud") > 0) slot.baud = values["baud"].as<std::uint32_t>();
  if (slot.kind == bench::SlotKind::mains)
    throw Fault("slot.no_loader", Blame::config, "A mains slot has no serial contacts.",
                "Name a slot of kind 'flash' or 'both'.");
  return slot;
}

}  // namespace

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
  const bench::BenchSpec bench{
      .name = "by hand", .file = "", .slots = {chosen_slot(values, console)}};
  clock_ = build::all_simulated(bench) ? make_virtual_clock() : make_real_clock();
  seat_ = clock_->reserve("by hand");
  seat_->enter();
  slot_ = std::move(build::build_bench(bench, *clock_,
                                       {.seed = 0, .use_stub = values.count("rom-only") == 0})[0]);
  devices_ = slot_.port->open(within(open_limit));
}

OneSlot::~OneSlot() { slot_.port->close(); }

Deadline OneSlot::within(Duration limit) const {
  return {.at = clock_->now() + limit, .stop = console_.stop};
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
  sink_->on(
      {.at = clock_->now(), .utc = clock_->utc(), .slot = slot_.name, .body = std::move(body)});
}

}  // namespace plugrig::cli
