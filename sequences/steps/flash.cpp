#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "rig/core/digest.hpp"
#include "rig/core/file_bytes.hpp"
#include "rig/engine/other_unit.hpp"
#include "sequences/steps/devices.hpp"
#include "sequences/steps/flash_range.hpp"
#include "sequences/steps/library.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

const std::vector<std::string> modes{"keep", "qio", "qout", "dio", "dout"};

FieldSpec image_field() {
  return {.name = "image", .type = file, .required = true, .help = "firmware image"};
}

FieldSpec mode_field() {
  return {.name = "mode",
          .type = choice,
          .fallback = "keep",
          .help = "flash mode to patch into the header at 0; an ESP8285 needs dout",
          .choices = modes};
}

FieldSpec range_field() {
  return {
      .name = "range", .type = text, .fallback = "all", .help = "all, settings, or OFFSET+LENGTH"};
}

HeaderPatch patch_of(const FieldValues& params) {
  HeaderPatch patch;
  const auto& word = params.text("mode");
  for (const auto mode : {FlashMode::qio, FlashMode::qout, FlashMode::dio, FlashMode::dout})
    if (word == to_string(mode)) patch.mode = mode;
  return patch;
}

FlashRange range_of(StepContext& context) {
  const auto identity = flasher(context).identify(context.deadline());
  const auto& text = context.params().text("range");
  if (const auto range = parse_flash_range(text, identity.flash_bytes)) return *range;
  throw Fault("flash.range", Blame::config,
              fmt::format("'{}' is no part of a flash of {} bytes.", text, identity.flash_bytes),
              "Write all, settings, or OFFSET+LENGTH such as 0xF3000+0xD000.");
}

double seconds_of(Duration duration) { return std::chrono::duration<double>(duration).count(); }

/// A duration without limits: a drift from unit to unit is an incoming-quality signal.
void measure_time(StepContext& context, std::string id, std::string condition, Duration took) {
  Measurement measurement;
  measurement.id = std::move(id);
  measurement.condition = std::move(condition);
  measurement.value = seconds_of(took);
  measurement.unit = "s";
  measurement.instrument = "host clock";
  context.measure(std::move(measurement));
}

std::string size_text(std::uint32_t bytes) { return fmt::format("{} bytes", bytes); }

void check_identity(const ChipIdentity& identity, const FieldValues& params) {
  if (params.has("chip") && params.text("chip") != identity.chip)
    throw Fault("unit.chip", Blame::unit,
                fmt::format("The unit holds an {}, not an {}.", identity.chip, params.text("chip")),
                "Take the unit out: it is another product or another hardware revision.");
  if (params.has("flash") && params.bytes("flash") != identity.flash_bytes)
    throw Fault("unit.flash_size", Blame::unit,
                fmt::format("The unit's flash has {} bytes, not {}.", identity.flash_bytes,
                            params.bytes("flash")),
                "Take the unit out: it is another product or another hardware revision.");
}

ChipIdentity identity_of(StepContext& context) {
  auto identity = flasher(context).identify(context.deadline());
  const auto known = context.facts().find("mac");
  const bool goes_on = context.facts().contains(kContinuedIn);
  if (goes_on && known != context.facts().end() && known->second != identity.mac)
    throw other_unit(known->second, context.slot(),
                     fmt::format("the chip that is there has MAC {}.", identity.mac));
  return identity;
}

void identify(StepContext& context) {
  const auto identity = identity_of(context);
  context.fact("mac", identity.mac);
  context.fact("chip", identity.chip);
  if (!identity.package.empty()) context.fact("package", identity.package);
  context.fact("crystal", fmt::format("{} MHz", identity.crystal_MHz));
  context.fact("flash_id", fmt::format("0x{:06X}", identity.flash_id));
  context.fact("flash_bytes", std::to_string(identity.flash_bytes));
  context.say(fmt::format("{} {}, {} MHz, flash 0x{:06X} {} KiB", identity.chip, identity.mac,
                          identity.crystal_MHz, identity.flash_id, identity.flash_bytes / 1024));
  check_identity(identity, context.params());
}

void backup(StepContext& context) {
  const auto range = range_of(context);
  const auto start = context.clock().now();
  auto bytes = flasher(context).read(range, progress_of(context), context.deadline());
  measure_time(context, "flash.backup.time", size_text(range.length),
               context.clock().now() - start);
  const auto path = context.attach(context.params().text("file"), "application/octet-stream",
                                   std::move(bytes), true);
  context.say(fmt::format("{} KiB of factory flash kept in {}", range.length / 1024, path));
}

/// The files that were kept are still there as they were written.
void prove_backup(StepContext& context) {
  for (const auto& attempt : context.record().attempts) {
    for (const auto& kept : attempt.attachments) {
      if (sha256_hex(read_bytes(kept.path)) == kept.sha256) continue;
      throw Fault("record.attachment", Blame::host,
                  fmt::format("{} is not what was kept there.", kept.path),
                  "Look who changes files beside the record store.");
    }
  }
}

void erase(StepContext& context) {
  const auto range = range_of(context);
  const auto start = context.clock().now();
  if (context.params().text("range") == "all")
    flasher(context).erase_chip(progress_of(context), context.deadline());
  else
    flasher(context).erase(range, progress_of(context), context.deadline());
  measure_time(context, "flash.erase.time", size_text(range.length), context.clock().now() - start);
}

/// After an image was written: every other byte of the chip reads FF, which digests of all of it
/// prove. How long that takes depends on what was there before, so it is no measurement.
void erase_rest(StepContext& context, std::span<const std::uint8_t> image,
                const WriteReport& written) {
  constexpr std::uint32_t sector = 4096;
  auto& chip = flasher(context);
  auto whole = chip.patched(image, patch_of(context.params()));
  const auto last_sector = static_cast<std::uint32_t>(whole.size()) / sector * sector;
  whole.resize(chip.identify(context.deadline()).flash_bytes, 0xFF);
  const auto rest = chip.write_raw(last_sector, std::span(whole).subspan(last_sector),
                                   progress_of(context), context.deadline());
  chip.verify(0, whole, progress_of(context), context.deadline());
  context.say(fmt::format(
      "{} bytes of the image written, {} were right already; {} behind it erased; all {} bytes are "
      "right by digest, after {:.1f} s",
      written.written_bytes, written.skipped_bytes, rest.written_bytes, whole.size(),
      seconds_of(written.took + rest.took)));
}

void write(StepContext& context) {
  const auto& params = context.params();
  const auto image = read_bytes(params.text("image"));
  const WriteOptions options{.patch = patch_of(params), .force = params.boolean("force")};
  const auto report =
      flasher(context).write_image(image, options, progress_of(context), context.deadline());
  context.fact("image_sha256", report.image_sha256);
  if (params.text("rest") == "erased") return erase_rest(context, image, report);
  measure_time(context, "flash.write.time", size_text(report.written_bytes), report.took);
  context.say(fmt::format("{} bytes written, {} were right already, in {:.1f} s",
                          report.written_bytes, report.skipped_bytes, seconds_of(report.took)));
}

/// NOR flash does not get back by itself what was erased; what was written since is shown by the
/// steps that wrote it. So it is enough that this is the chip that was erased.
void prove_erased(StepContext& context) { identity_of(context); }

void verify(StepContext& context) {
  const auto& params = context.params();
  const auto expected =
      flasher(context).patched(read_bytes(params.text("image")), patch_of(params));
  flasher(context).verify(0, expected, progress_of(context), context.deadline());
  context.say(fmt::format("{} bytes in flash equal the image by digest", expected.size()));
}

/// Ten bits a byte on the wire, and what the loader itself takes of it.
Duration on_wire(double bytes, const PlanFacts& facts) {
  constexpr double bits_a_byte = 10;
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(bytes * bits_a_byte / facts.baud));
}

std::uint32_t range_bytes(const FieldValues& params, const PlanFacts& facts) {
  const auto range = parse_flash_range(params.text("range"), facts.flash_bytes);
  return range ? range->length : facts.flash_bytes;
}

StepTime usual_backup(const FieldValues& params, const PlanFacts& facts) {
  constexpr Duration requests = std::chrono::milliseconds{250};
  return {{{on_wire(range_bytes(params, facts), facts) + requests, false, {}, {}}}};
}

/// The image, by its file where there is one.
double image_bytes(const FieldValues& params, const PlanFacts& facts) {
  std::error_code unknown;
  if (!params.has("image")) return facts.image_bytes;
  const auto size = std::filesystem::file_size(params.text("image"), unknown);
  return unknown ? facts.image_bytes : static_cast<double>(size);
}

/// The slower of wire and flash, after a chip that was erased: 64 KiB blocks of 0.25 s and pages of
/// 0.7 ms, as a GD25Q80's data sheet has them.
StepTime usual_write(const FieldValues& params, const PlanFacts& facts) {
  const double bytes = image_bytes(params, facts);
  const auto flash = std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(bytes / 65536 * 0.25 + bytes / 256 * 0.7e-3));
  constexpr Duration requests = std::chrono::milliseconds{500};
  // Digests of the whole chip, and the sectors with settings.
  constexpr Duration rest = seconds{4};
  const bool whole = params.has("rest") && params.text("rest") == "erased";
  return {{{std::max(on_wire(bytes, facts), flash) + requests + (whole ? rest : Duration{}),
            false,
            {},
            {}}}};
}

}  // namespace

void add_flash_steps(StepRegistry& registry) {
  registry.add({.name = "flash.identify",
                .help = "enter the loader; read chip, MAC, crystal and flash id",
                .fields = {{.name = "chip",
                            .type = choice,
                            .help = "the chip that it must be",
                            .choices = {"ESP8285", "ESP8266EX"}},
                           {.name = "flash", .type = bytes, .help = "the flash size it must have"}},
                .default_timeout = seconds{40},
                .usual_time = std::chrono::milliseconds{600},
                .needs_loader = true,
                .run = identify,
                .prove = [](StepContext& context) {
                  check_identity(identity_of(context), context.params());
                }});
  registry.add({.name = "flash.backup",
                .help = "keep what is in flash with the record (it may hold credentials)",
                .fields = {{.name = "file",
                            .type = text,
                            .fallback = "{{unit.mac}}.bin",
                            .help = "name of the kept file"},
                           range_field()},
                .default_timeout = minutes{5},
                .usual_time = seconds{14},
                .needs_loader = true,
                .run = backup,
                .prove = prove_backup,
                .usual = usual_backup});
  registry.add({.name = "flash.erase",
                .help = "erase all or part of the flash",
                .fields = {range_field()},
                .default_timeout = minutes{2},
                .usual_time = seconds{5},
                .needs_loader = true,
                .run = erase,
                .prove = prove_erased});
  registry.add(
      {.name = "flash.write",
       .help = "check an image, write it from address 0 and compare digests",
       .fields = {image_field(),
                  mode_field(),
                  {.name = "rest",
                   .type = choice,
                   .fallback = "kept",
                   .help = "what becomes of the flash behind the image: erased leaves the same as "
                           "flash.erase before, and writes and erases only what differs",
                   .choices = {"kept", "erased"}},
                  {.name = "force",
                   .type = boolean,
                   .fallback = "false",
                   .help = "write in spite of a mode or size that does not suit the chip"}},
       .default_timeout = minutes{5},
       .usual_time = seconds{10},
       .needs_loader = true,
       .run = write,
       .prove = verify,
       .usual = usual_write});
  registry.add({.name = "flash.verify",
                .help = "compare flash with an image by digest",
                .fields = {image_field(), mode_field()},
                .default_timeout = minutes{1},
                .usual_time = seconds{2},
                .needs_loader = true,
                .run = verify,
                .prove = verify});
}

}  // namespace plugrig::steps
