#include "tests/seeded_faults/fault_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fixtures/twin/tasmota/configured_plug.hpp"
#include "sequences/steps/power/plug_metering.hpp"

namespace plugrig::seeded {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::filesystem::path source{PLUGRIG_SOURCE_DIR};
const std::filesystem::path here{source / "tests" / "seeded_faults"};
constexpr const char* slot = "F1";
constexpr const char* address = "127.0.1.1";
constexpr const char* ssid = "bench";
constexpr const char* wifi_password = "correct horse";
constexpr const char* web_password = "open-sesame";
constexpr const char* plug_template =
    R"({"NAME":"Gosund EP2","GPIO":[320,1,576,1,2656,2720,0,0,2624,32,0,224,0,0],"FLAG":0,"BASE":45})";

std::string faults_of(const std::string& map) { return map.empty() ? "" : ", faults: " + map; }

/// The bench of `rig/demo` with one slot, and one thing wrong.
std::string bench_text(const FaultRow& row) {
  const auto certificate = here / "certificates" / (row.certificate + ".yaml");
  std::string text =
      "bench: seeded\n"
      "mains: {voltage: 230 V, frequency: 50 Hz, contactor: board1.8, "
      "contactor_auxiliary: board1.in8, emergency_stop: board1.in7}\n"
      "interlock: hardwired\n"
      "instruments:\n";
  text += fmt::format("  reference: {{profile: yokogawa-wt310e, twin: lan, certificate: {}{}}}\n",
                      certificate.string(), faults_of(row.meter));
  text += fmt::format("  board1: {{profile: waveshare-relay-8, twin: line1, baud: 115200{}}}\n",
                      faults_of(row.mains_board));
  text += fmt::format("  board2: {{profile: waveshare-relay-8, twin: line2, baud: 115200{}}}\n",
                      faults_of(row.load_board));
  if (!row.selector_board.empty())
    text += fmt::format("  board3: {{profile: waveshare-relay-8, twin: line3, baud: 115200{}}}\n",
                        faults_of(row.selector_board));
  text +=
      "load: {bank: four-resistors, relays: board2, cool: board1.in6}\n"
      "load_path: multiplexed\n"
      "plug_port: 8080\n";
  if (!row.world.empty()) text += fmt::format("world: {}\n", row.world);
  text += fmt::format(
      "slots:\n"
      "  - slot: {}\n"
      "    kind: both\n"
      "    uart: {{twin: true}}\n"
      "    lines: {{wiring: dtr-rts-two-transistor}}\n"
      "    uart_contacts: two_position\n"
      "    contacts_withdrawn: board1.in1\n"
      "    guard_closed: board1.in2\n"
      "    mains: board1.1\n"
      "    mains_sense: board1.in3\n"
      "{}"
      "    twin: {{seed: 11, flash: {}, address: {}{}}}\n",
      slot, row.selector_board.empty() ? "" : "    selector: board3.1\n", row.flash_die, address,
      faults_of(row.plug));
  return text;
}

VariableSources variables_of(const FaultRow& row, const std::string& firmware) {
  VariableValues all{{"firmware", firmware},
                     {"template", plug_template},
                     {"wifi_ssid", ssid},
                     {"wifi_password", wifi_password},
                     {"web_password", web_password}};
  for (const auto& [name, value] : row.sequence) all[name] = value;
  constexpr std::string_view secrets[] = {"wifi_password", "web_password"};
  VariableValues given;
  VariableValues hidden;
  for (const auto& [name, value] : all)
    (std::ranges::find(secrets, name) == std::end(secrets) ? given : hidden)[name] = value;
  // A sequence takes only what it declares.
  if (row.job != "flash") given.erase("firmware");
  if (row.job != "configure" && row.job != "template") {
    given.erase("template");
    given.erase("wifi_ssid");
  }
  return {given, [hidden](const std::string& name, const std::string&) {
            const auto found = hidden.find(name);
            return found == hidden.end() ? std::nullopt : std::optional(found->second);
          }};
}

/// What the plug's flash holds when its job begins.
std::vector<std::uint8_t> flash_before(const FaultRow& row,
                                       const std::vector<std::uint8_t>& image) {
  constexpr std::size_t flash_size = 0x100000;
  if (row.job == "flash") return {};  // as it left its factory
  if (row.job == "configure" || row.job == "template") {
    auto flash = image;
    flash.resize(flash_size, 0xFF);
    return flash;
  }
  return twin::tasmota::configured_flash(image, {.ssid = ssid,
                                                 .password = wifi_password,
                                                 .host_name = {},
                                                 .template_json = plug_template,
                                                 .web_password = web_password,
                                                 .metering = {}});
}

/// Steps that stand for the stages that a short job leaves out, and for an all-knowing witness.
class Witness {
 public:
  void bench(twin::TwinBench& bench) { bench_ = &bench; }
  [[nodiscard]] const std::optional<TrueError>& true_error() const { return true_error_; }

  void add_steps(StepRegistry& registry) {
    registry.add({.name = "test.known",
                  .default_timeout = seconds{1},
                  .usual_time = seconds{1},
                  .run = [this](StepContext& context) {
                    context.fact("mac", bench_->slot(slot).mac());
                    context.fact("address", address);
                  }});
    registry.add({.name = "test.truth",
                  .fields = {{.name = "load", .type = FieldType::power, .required = true}},
                  .default_timeout = std::chrono::minutes{2},
                  .usual_time = seconds{30},
                  .needs_mains = true,
                  .run = [this](StepContext& context) { look(context); }});
  }

 private:
  void look(StepContext& context) {
    constexpr int readings = 12;
    const auto lease = context.mains().lease_reference("test.truth", context.deadline());
    context.mains().load(context.params().number("load"), context.deadline());
    context.clock().sleep_for(seconds{10}, context.deadline());
    const auto from = context.clock().now();
    double shown_W = 0;
    for (int i = 0; i < readings; ++i) {
      context.clock().sleep_for(milliseconds{1300}, context.deadline());
      shown_W += steps::read_plug(context, context.deadline()).power_W / readings;
    }
    const auto truth =
        bench_->mean_truth(slot, from.time_since_epoch(), context.clock().now().time_since_epoch());
    true_error_ = TrueError{shown_W, truth.power_W};
  }

  twin::TwinBench* bench_ = nullptr;
  std::optional<TrueError> true_error_;
};

}  // namespace

FaultRun run_fault(const FaultRow& row) {
  const TestFolder folder("seeded-" + row.name);
  const auto image = twin::make_image({.version = "15.2.0", .size_bytes = twin::kSmallImage});
  Witness witness;
  SimulatedRun wanted;
  wanted.sequence_file = (here / "jobs" / (row.job + ".yaml")).string();
  wanted.bench_file = folder.file("bench.yaml", bench_text(row));
  wanted.store_file = folder.path() / "records.sqlite";
  wanted.variables = variables_of(row, folder.file("firmware.bin", image));
  wanted.more_steps = [&](StepRegistry& registry) { witness.add_steps(registry); };
  wanted.before = [&](twin::TwinBench& bench) {
    witness.bench(bench);
    const auto flash = flash_before(row, image);
    if (!flash.empty()) bench.slot(slot).load_flash(0, flash);
  };
  FaultRun run;
  run.result = run_simulated(wanted);
  run.true_error = witness.true_error();
  return run;
}

}  // namespace plugrig::seeded
