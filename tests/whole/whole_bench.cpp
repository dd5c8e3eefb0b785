#include "tests/whole/whole_bench.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>

#include "rig/core/file_bytes.hpp"
#include "rig/engine/product.hpp"

namespace plugrig::whole {
namespace {

constexpr std::size_t kSector = 4096;
/// Where the firmware keeps its settings on a part of 1 MiB, newest first or last: any sector from
/// here (Tasmota notes, settings area).
constexpr std::size_t kFirstSettings = 0xF3000, kEndOfSettings = 0xFC000;
constexpr std::uint32_t kHolder = 4617;
constexpr std::size_t kChecksum = 0xFFC;

std::uint32_t word(std::span<const std::uint8_t> bytes, std::size_t at) {
  return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 |
         static_cast<std::uint32_t>(bytes[at + 3]) << 24;
}

/// The block's own count of savings; nothing for a sector that holds no settings.
std::optional<std::uint32_t> save_count(std::span<const std::uint8_t> block) {
  const auto holder = word(block, 0) & 0xFFFF;
  // CRC-32 that begins with 0: zlib inverts what it is given.
  const auto sum = crc32(0xFFFFFFFF, block.data(), kChecksum);
  if (holder != kHolder || word(block, kChecksum) != sum) return std::nullopt;
  return word(block, 4);
}

PlugInfo product() {
  Problems problems;
  auto plug = load_product(source() / "fixtures/plugs/gosund-ep2.yaml", problems);
  if (problems.any_error()) throw std::runtime_error(problems.render());
  return plug;
}

double truth_of(const std::string& quantity, const twin::SlotTruth& truth) {
  if (quantity == "voltage") return truth.voltage_V;
  return quantity == "current" ? truth.current_A : truth.power_W;
}

/// The time that the samples stand for: each for one interval, itself in the middle.
std::pair<Duration, Duration> window_of(const metrology::PointResult& result) {
  const auto& samples = result.samples;
  const double first = samples.front().t_s;
  const double last = samples.back().t_s;
  const double half = (last - first) / static_cast<double>(samples.size() - 1) / 2;
  const auto at = [](double t_s) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(t_s));
  };
  return {at(first - half), at(last + half)};
}

/// The parts of a slot that differ between a socket and a pogo jig.
std::string place_of(const MainsBench& bench, int number) {
  if (!bench.two_position) return "    kind: mains\n";
  return fmt::format(
      "    kind: both\n"
      "    uart: {{twin: true}}\n"
      "    lines: {{wiring: dtr-rts-two-transistor}}\n"
      "    uart_contacts: two_position\n"
      "    contacts_withdrawn: board1.in{}\n",
      6 + number);
}

}  // namespace

std::filesystem::path source() { return PLUGRIG_SOURCE_DIR; }

std::vector<std::uint8_t> small_image() {
  twin::ImageOptions options;
  options.size_bytes = twin::kSmallImage;
  return twin::make_image(options);
}

std::string text_of(const MainsBench& bench) {
  std::string text = fmt::format(
      "bench: configured plugs\n"
      "mains: {{voltage: 230 V, frequency: 50 Hz, contactor: board1.8, "
      "contactor_auxiliary: board1.in5{}}}\n"
      "interlock: hardwired\n"
      "world: {}\n"
      "instruments:\n"
      "  reference: {{profile: yokogawa-wt310e, twin: lan, serial: C3XK04711E, {}faults: {}}}\n"
      "  board1: {{profile: waveshare-relay-8, twin: rs485-1, baud: 115200, faults: {}}}\n"
      "  board2: {{profile: waveshare-relay-8, twin: rs485-2, baud: 115200}}\n"
      "load: {{bank: four-resistors, relays: board2}}\n"
      "load_path: {}\n"
      "slots:\n",
      bench.emergency_stop ? ", emergency_stop: board1.in8" : "", bench.world, bench.certificate,
      bench.reference_faults, bench.board_faults, bench.load_path);
  for (int i = 1; i <= bench.slots; ++i) {
    text += fmt::format(
        "  - slot: M{0}\n"
        "{5}"
        "    guard_closed: board1.in{1}\n"
        "    mains: board1.{0}\n"
        "    mains_sense: board1.in{2}\n"
        "    twin: {{seed: {3}, address: 127.0.1.{0}, faults: {4}}}\n",
        i, 2 * i - 1, 2 * i, bench.plug_seed + static_cast<std::uint64_t>(i) - 1, bench.plug_faults,
        place_of(bench, i));
    if (bench.selectors) text += fmt::format("    selector: board2.{}\n", 4 + i);
  }
  return text;
}

std::string mains_sequence(const std::vector<std::string>& steps) {
  std::string text =
      "sequence: configured plugs\n"
      "plug: gosund-ep2\n"
      "stages:\n"
      "  - stage: calibrate\n"
      "    mains: on\n"
      "    steps:\n"
      "      - test.know:\n";
  for (const auto& step : steps) text += "      - " + step + "\n";
  return text;
}

VariableSources shipped_variables(const TestFolder& folder, const std::string& wifi_password,
                                  const std::string& web_password) {
  const auto firmware = folder.file("firmware.bin", small_image());
  return {{{"firmware", firmware}, {"wifi_ssid", "bench"}},
          [=](const std::string& name, const std::string&) -> std::optional<std::string> {
            if (name == "wifi_password") return wifi_password;
            if (name == "web_password") return web_password;
            return std::nullopt;
          }};
}

void begin_configured(SimulatedRun& run, const ConfiguredPlugs& plugs) {
  struct Known {
    std::string mac, address;
  };
  const auto known = std::make_shared<std::map<std::string, Known>>();
  run.before = [plugs, known, first = run.before](twin::TwinBench& bench) {
    const auto image = small_image();
    for (const auto& name : bench.slots()) {
      twin::tasmota::SettingsSeed settings;
      settings.ssid = "bench";
      settings.password = "correct horse";
      settings.template_json =
          plugs.template_json.empty() ? product().template_json : plugs.template_json;
      settings.web_password = plugs.web_password;
      settings.metering = plugs.constants;
      bench.slot(name).load_flash(0, twin::tasmota::configured_flash(image, settings));
      (*known)[name] = {bench.slot(name).mac(), bench.address_of(name)};
    }
    if (first) first(bench);
  };
  run.more_steps = [known](StepRegistry& registry) {
    StepType know{.name = "test.know",
                  .default_timeout = std::chrono::seconds{1},
                  .run = [known](StepContext& context) {
                    const auto& plug = known->at(context.slot());
                    context.fact("mac", plug.mac);
                    context.fact("address", plug.address);
                    context.fact("restore.SetOption65", "0");
                  }};
    registry.add(std::move(know));
  };
}

const AttemptRecord* attempt_of(const UnitRecord& unit, std::string_view step) {
  const auto found = std::find_if(unit.attempts.rbegin(), unit.attempts.rend(),
                                  [&](const auto& attempt) { return attempt.step == step; });
  return found == unit.attempts.rend() ? nullptr : &*found;
}

metrology::CalibrationRecord series_of(const UnitRecord& unit, std::string_view series) {
  for (auto attempt = unit.attempts.rbegin(); attempt != unit.attempts.rend(); ++attempt)
    for (const auto& attachment : attempt->attachments) {
      if (attachment.name != metrology::calibration_file(series)) continue;
      const auto bytes = read_bytes(attachment.path);
      return metrology::calibration_from_json(
          {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
  throw std::runtime_error("no series " + std::string(series));
}

std::vector<TruePoint> against_truth(const metrology::Series& series, const std::string& slot,
                                     twin::TwinBench& bench) {
  std::vector<TruePoint> points;
  for (const auto& result : series.points) {
    if (result.nominal_W == 0 && result.quantity != "voltage") continue;
    const auto [from, to] = window_of(result);
    const double truth = truth_of(result.quantity, bench.mean_truth(slot, from, to));
    points.push_back({result, 100 * (result.plug / truth - 1)});
  }
  return points;
}

double accuracy_limit_percent(const metrology::PointResult& result) {
  constexpr double not_said = std::numeric_limits<double>::infinity();
  if (result.quantity == "voltage") return 0.15;
  if (result.nominal_W == 0) return not_said;
  if (result.quantity == "current") return result.reference >= 1 ? 0.2 : not_said;
  return result.nominal_W >= 100 ? 0.15 : 0.25;
}

void expect_safe(const SimulatedResult& result) {
  EXPECT_EQ(result.accidents, std::vector<std::string>{});
  EXPECT_EQ(result.live, std::vector<std::string>{});
}

metrology::Constants stored_constants(const std::vector<std::uint8_t>& flash) {
  std::optional<std::uint32_t> newest;
  metrology::Constants constants;
  for (std::size_t at = kFirstSettings; at + kSector <= kEndOfSettings; at += kSector) {
    const auto block = std::span(flash).subspan(at, kSector);
    const auto count = save_count(block);
    if (!count || (newest && *count < *newest)) continue;
    newest = count;
    constants = {.voltage = static_cast<int>(word(block, 0x368)),
                 .current = static_cast<int>(word(block, 0x36C)),
                 .power = static_cast<int>(word(block, 0x364))};
  }
  if (!newest) throw std::runtime_error("no settings in this flash");
  return constants;
}

}  // namespace plugrig::whole
