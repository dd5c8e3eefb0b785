#include <fmt/format.h>
#include <sys/timex.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <system_error>

#include "drivers/esp/image.hpp"
#include "rig/cli/commands/doctor_parts.hpp"
#include "rig/cli/commands/label_printer.hpp"
#include "rig/core/digest.hpp"
#include "rig/core/file_bytes.hpp"
#include "rig/record/store.hpp"

namespace plugrig::cli {

namespace fs = std::filesystem;

namespace {

constexpr double kMega = 1e6;
/// A unit's record with its backup takes about 2 MB.
constexpr double kLittle_B = 1000 * kMega;
constexpr double kTooLittle_B = 50 * kMega;

bool writable(const fs::path& path) { return ::access(path.c_str(), W_OK) == 0; }

void examine_room(const fs::path& folder, const HealthReport& report) {
  std::error_code error;
  const auto space = fs::space(folder, error);
  if (error) {
    report({Health::Is::fail, "store", "disk",
            fmt::format("{}: {}", folder.string(), error.message()),
            "Name a folder of a disk that is there, with --store."});
    return;
  }
  const auto free_B = static_cast<double>(space.available);
  const auto text = fmt::format("{:.0f} MB free in {}", free_B / kMega, folder.string());
  if (free_B < kLittle_B)
    report({free_B < kTooLittle_B ? Health::Is::fail : Health::Is::warn, "store", "disk", text,
            "Make room: a unit takes about 2 MB."});
  else
    report({Health::Is::ok, "store", "disk", text, ""});
}

void examine_newest(const fs::path& store, std::optional<UtcTime> now, const HealthReport& report) {
  looked("store", "records", report, [&] {
    StoreOptions read_only;
    read_only.read_only = true;
    RecordStore records(store, read_only);
    const auto newest = records.last_recorded();
    report({Health::Is::ok, "store", "records",
            newest ? fmt::format("newest of {}", to_iso8601(*newest)) : "none yet", ""});
    if (!newest || !now) return;
    const bool behind = now->unix_ms < newest->unix_ms;
    report({behind ? Health::Is::fail : Health::Is::ok, "clock", "date",
            behind ? fmt::format("{} is {:.0f} s behind the newest record: no reading can be "
                                 "certified.",
                                 to_iso8601(*now),
                                 static_cast<double>(newest->unix_ms - now->unix_ms) / 1e3)
                   : fmt::format("{}, not behind the newest record", to_iso8601(*now)),
            behind ? "Set the computer's clock." : ""});
  });
}

}  // namespace

void examine_store(const fs::path& store, std::optional<UtcTime> now, const HealthReport& report) {
  const auto folder = store.has_parent_path() ? store.parent_path() : fs::path(".");
  std::error_code ignored;
  const bool there = fs::exists(store, ignored);
  if (!writable(folder) || (there && !writable(store)))
    report({Health::Is::fail, "store", "writable",
            fmt::format("{} cannot be written by this user.", store.string()),
            "Give the user the right to write there, or name another store with --store."});
  else
    report({Health::Is::ok, "store", "writable",
            there ? store.string() : store.string() + ", which is not there yet", ""});
  examine_room(folder, report);
  if (there) examine_newest(store, now, report);
}

void examine_time_service(const HealthReport& report) {
  timex state{};
  const int known = adjtimex(&state);
  if (known < 0) {
    report({Health::Is::warn, "clock", "time service", "The kernel does not say.",
            "Look with timedatectl whether the clock is set by a time service."});
    return;
  }
  const bool set = known != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
  report({set ? Health::Is::ok : Health::Is::warn, "clock", "time service",
          set ? "sets the clock" : "The clock is not set by a time service.",
          set ? "" : "Switch it on (timedatectl set-ntp true): certificates carry dates."});
}

void examine_firmware(const std::string& file, const HealthReport& report) {
  looked("firmware", "image", report, [&] {
    const auto bytes = read_bytes(file);
    // The sequence decides on mode and size; here only whether it is a whole image of its kind.
    esp::check_image(bytes, {.esp8285 = false, .force = true});
    report({Health::Is::ok, "firmware", "image",
            fmt::format("{}: {} bytes, SHA-256 {}", file, bytes.size(), sha256_hex(bytes)), ""});
  });
}

void examine_printer(const std::string& printer, const HealthReport& report) {
  looked("printer", "connection", report, [&] {
    send_to_printer("", printer);
    report({Health::Is::ok, "printer", "connection",
            fmt::format("{} takes data; whether it has labels it does not say", printer), ""});
  });
}

}  // namespace plugrig::cli
