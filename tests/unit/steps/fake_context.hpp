#pragma once

#include <string>
#include <utility>
#include <vector>

#include "rig/core/fault.hpp"
#include "rig/engine/step.hpp"

namespace plugrig {

/// A chip with a small flash that behaves: erased bytes are FF, what is written stays.
class FakeFlasher final : public ChipFlasher {
 public:
  ChipIdentity identity{.chip = "ESP8285",
                        .package = "ESP8285N08",
                        .mac = "A4:CF:12:00:00:01",
                        .crystal_MHz = 26,
                        .flash_id = 0x144051,
                        .flash_bytes = 0x100000,
                        .embedded_bytes = 0x100000,
                        .flash_status = 0};
  std::vector<std::uint8_t> flash = std::vector<std::uint8_t>(0x100000, 0x5A);
  std::string asked_banner;
  std::string boot_banner = "Tasmota Version 1";
  std::string boot_console = "00:00:00.001 CFG: Use defaults\n";
  Instant asked_limit{};
  bool forgotten = false;
  std::size_t stuck_at = SIZE_MAX;  ///< a byte that keeps what it has

  ChipIdentity identify(const Deadline& /*deadline*/) override { return identity; }
  std::vector<std::uint8_t> read(FlashRange range, const FlashProgressFn& progress,
                                 const Deadline& /*deadline*/) override {
    progress({.phase = "reading",
              .address = range.offset,
              .done_bytes = range.length,
              .total_bytes = range.length});
    const auto from = flash.begin() + range.offset;
    return {from, from + range.length};
  }
  void erase_chip(const FlashProgressFn& progress, const Deadline& deadline) override {
    erase({0, static_cast<std::uint32_t>(flash.size())}, progress, deadline);
  }
  void erase(FlashRange range, const FlashProgressFn& /*progress*/,
             const Deadline& /*deadline*/) override {
    std::fill_n(flash.begin() + range.offset, range.length, std::uint8_t{0xFF});
  }
  WriteReport write_image(std::span<const std::uint8_t> image, const WriteOptions& options,
                          const FlashProgressFn& progress, const Deadline& deadline) override {
    return write_raw(0, patched(image, options.patch), progress, deadline);
  }
  WriteReport write_raw(std::uint32_t offset, std::span<const std::uint8_t> bytes,
                        const FlashProgressFn& /*progress*/,
                        const Deadline& /*deadline*/) override {
    const auto kept = stuck_at < flash.size() ? flash[stuck_at] : std::uint8_t{0};
    std::copy(bytes.begin(), bytes.end(), flash.begin() + offset);
    if (stuck_at < flash.size()) flash[stuck_at] = kept;
    return {.written_bytes = static_cast<std::uint32_t>(bytes.size()),
            .skipped_bytes = 0,
            .image_sha256 = "digest",
            .took = std::chrono::seconds{2}};
  }
  void verify(std::uint32_t offset, std::span<const std::uint8_t> expected,
              const FlashProgressFn& /*progress*/, const Deadline& /*deadline*/) override {
    if (!std::equal(expected.begin(), expected.end(), flash.begin() + offset))
      throw Fault("esp.verify.mismatch", Blame::unit, "The flash differs.", "Write it again.");
  }
  [[nodiscard]] std::vector<std::uint8_t> patched(std::span<const std::uint8_t> image,
                                                  const HeaderPatch& patch) const override {
    std::vector<std::uint8_t> copy(image.begin(), image.end());
    if (patch.mode && copy.size() > 2) copy[2] = static_cast<std::uint8_t>(*patch.mode);
    return copy;
  }
  BootReport prove_boot(std::string_view banner, const FlashProgressFn& /*progress*/,
                        const Deadline& deadline) override {
    asked_banner = banner;
    asked_limit = deadline.at;
    return {.boot_text = "boot",
            .reset_cause = 2,
            .boot_mode = 3,
            .banner = boot_banner,
            .console_text = boot_console};
  }
  void forget() override { forgotten = true; }
};

class FakeBoot final : public BootControl {
 public:
  Duration off{};
  void enter_loader(int /*attempt*/, const Deadline& /*deadline*/) override {}
  void start_application(const Deadline& /*deadline*/) override {}
  void power_cycle(Duration time, const Deadline& /*deadline*/) override { off = time; }
  [[nodiscard]] bool switches_power() const override { return true; }
  [[nodiscard]] const ContactNames& contacts() const override { return names_; }

 private:
  ContactNames names_;
};

/// Keeps everything that a step leaves behind.
class FakeContext final : public StepContext {
 public:
  /// `clock`: null = the real one.
  explicit FakeContext(const StepType& type, const std::string& yaml_params = "",
                       Clock* clock = nullptr)
      : given_clock_(clock) {
    Problems problems;
    const auto document = yaml::parse("params", yaml_params.empty() ? "{}" : yaml_params, problems);
    params_ = read_fields(document.root, type.fields, type.name, "params", problems);
    problems_text = problems.render();
    devices_ = {.uart = nullptr, .boot = &boot, .flasher = &flasher};
  }

  std::string problems_text;
  FakeFlasher flasher;
  FakeBoot boot;
  std::map<std::string, std::string, std::less<>> known;
  std::vector<std::string> said;
  std::vector<Measurement> measurements;
  PlugInfo plug_info;
  MainsAccess* mains_access = nullptr;
  UnitRecord unit_record;
  std::optional<UtcTime> last_record;
  std::vector<std::string> secrets;
  std::vector<SeenUnit> seen;  ///< what other records know
  /// All attachments by name, beside the newest one below.
  std::map<std::string, std::vector<std::uint8_t>> attachments;
  std::string attached_name;
  std::vector<std::uint8_t> attached;
  bool attached_sensitive = false;

  [[nodiscard]] const FieldValues& params() const override { return params_; }
  [[nodiscard]] SlotDevices& devices() override { return devices_; }
  [[nodiscard]] Clock& clock() override {
    return given_clock_ != nullptr ? *given_clock_ : *clock_;
  }
  [[nodiscard]] const Deadline& deadline() const override { return deadline_; }
  void set_deadline(Deadline deadline) { deadline_ = std::move(deadline); }
  [[nodiscard]] const PlugInfo& plug() const override { return plug_info; }
  [[nodiscard]] std::string slot() const override { return "F1"; }
  [[nodiscard]] MainsAccess& mains() override {
    if (mains_access != nullptr) return *mains_access;
    throw Fault("safety.no_mains", Blame::config, "No mains here.", "Use a stage with mains.");
  }
  [[nodiscard]] const UnitRecord& record() const override { return unit_record; }
  [[nodiscard]] std::optional<UtcTime> last_recorded() const override { return last_record; }
  [[nodiscard]] std::vector<SeenUnit> seen_units(std::string_view serial,
                                                 std::string_view mac) const override {
    std::vector<SeenUnit> found;
    for (const auto& unit : seen)
      if (unit.serial == serial || unit.mac == mac) found.push_back(unit);
    return found;
  }
  void add_secret(std::string_view secret) override { secrets.emplace_back(secret); }
  void say(std::string text) override { said.push_back(std::move(text)); }
  void progress(std::string_view /*phase*/, std::uint32_t /*address*/, std::uint32_t /*done*/,
                std::uint32_t /*total*/) override {}
  void fact(std::string name, std::string value) override {
    known[std::move(name)] = std::move(value);
  }
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& facts() const override {
    return known;
  }
  void measure(Measurement measurement) override { measurements.push_back(std::move(measurement)); }
  std::string attach(std::string name, std::string /*media_type*/, std::vector<std::uint8_t> bytes,
                     bool sensitive) override {
    attached_name = std::move(name);
    attachments[attached_name] = bytes;
    attached = std::move(bytes);
    attached_sensitive = sensitive;
    return "kept/" + attached_name;
  }

 private:
  std::unique_ptr<Clock> clock_ = make_real_clock();
  Clock* given_clock_;
  Deadline deadline_ = {};
  FieldValues params_;
  SlotDevices devices_;
};

}  // namespace plugrig
