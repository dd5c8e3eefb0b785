#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ostream>

#include "rig/cli/commands/one_slot.hpp"
#include "rig/core/fault.hpp"
#include "rig/core/file_bytes.hpp"
#include "rig/engine/exit_code.hpp"
#include "sequences/steps/flash_range.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr Duration identify_limit = seconds{40};
constexpr Duration transfer_limit = minutes{10};
constexpr Duration boot_limit = seconds{30};

/// One word on the command line: the file.
std::string file_of(const po::variables_map& values) {
  if (values.count("file") != 1 || values["file"].as<std::vector<std::string>>().size() != 1)
    throw UsageError("name one file");
  return values["file"].as<std::vector<std::string>>().front();
}

HeaderPatch patch_of(const std::string& word) {
  HeaderPatch patch;
  if (word == "keep") return patch;
  for (const auto mode : {FlashMode::qio, FlashMode::qout, FlashMode::dio, FlashMode::dout})
    if (word == to_string(mode)) patch.mode = mode;
  if (!patch.mode) throw UsageError("--mode is keep, qio, qout, dio or dout, not '" + word + "'");
  return patch;
}

FlashRange range_of(const std::string& text, const ChipIdentity& identity) {
  if (const auto range = steps::parse_flash_range(text, identity.flash_bytes)) return *range;
  throw UsageError(
      fmt::format("--range is all, settings or OFFSET+LENGTH inside {} bytes, not '{}'",
                  identity.flash_bytes, text));
}

std::string described(const ChipIdentity& identity) {
  return fmt::format("{} {}, {} MHz crystal, flash 0x{:06X} {} KiB", identity.chip, identity.mac,
                     identity.crystal_MHz, identity.flash_id, identity.flash_bytes / 1024);
}

Fault cannot_write(const std::string& path) {
  return {"file.write", Blame::host, fmt::format("'{}': {}.", path, std::strerror(errno)),
          "Name another file; backups are never written over without --overwrite."};
}

/// Writes a file that only its owner may read: a flash backup holds credentials.
void write_private(const std::string& path, const std::vector<std::uint8_t>& bytes,
                   bool overwrite) {
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (overwrite ? O_TRUNC : O_EXCL);
  const int fd = ::open(path.c_str(), flags, S_IRUSR | S_IWUSR);
  if (fd < 0) throw cannot_write(path);
  std::size_t done = 0;
  bool good = true;
  while (good && done < bytes.size()) {
    const auto count = ::write(fd, bytes.data() + done, bytes.size() - done);
    good = count > 0;
    if (good) done += static_cast<std::size_t>(count);
  }
  good = good && ::fsync(fd) == 0;
  const bool closed = ::close(fd) == 0;
  if (!good || !closed) throw cannot_write(path);
}

}  // namespace

int identify_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  add_slot_options(options);
  po::variables_map values;
  if (!parse(arguments, options, {}, "identify [options]", console, values))
    return exit_code::all_passed;
  OneSlot slot("identify", values, console);
  slot.say(described(slot.flasher().identify(slot.within(identify_limit))));
  slot.boot().start_application(slot.within(boot_limit));
  return exit_code::all_passed;
}

int flash_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  add_slot_options(options);
  options.add_options()("mode", po::value<std::string>()->default_value("keep"),
                        "flash mode to patch into the header: keep, qio, qout, dio, dout")(
      "erase", po::value<std::string>(), "first erase all, settings or OFFSET+LENGTH")(
      "force", "write in spite of a mode or size that does not suit the chip")(
      "no-boot", "leave the unit in its loader");
  po::variables_map values;
  if (!parse(arguments, options, {"file"}, "flash IMAGE [options]", console, values))
    return exit_code::all_passed;
  const auto image = read_bytes(file_of(values));
  const WriteOptions write{.patch = patch_of(values["mode"].as<std::string>()),
                           .force = values.count("force") > 0};
  OneSlot slot("flash", values, console);
  auto& flasher = slot.flasher();
  const auto identity = flasher.identify(slot.within(identify_limit));
  slot.say(described(identity));
  if (values.count("erase") > 0) {
    const auto range = range_of(values["erase"].as<std::string>(), identity);
    flasher.erase(range, slot.progress(), slot.within(transfer_limit));
  }
  const auto report =
      flasher.write_image(image, write, slot.progress(), slot.within(transfer_limit));
  slot.say(fmt::format("{} bytes written, {} were right already; sha256 {}", report.written_bytes,
                       report.skipped_bytes, report.image_sha256));
  if (values.count("no-boot") == 0) {
    const auto boot = flasher.prove_boot("", slot.progress(), slot.within(boot_limit));
    slot.say(fmt::format("boots: boot mode {}, reset cause {}", boot.boot_mode, boot.reset_cause));
  }
  return exit_code::all_passed;
}

int backup_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  add_slot_options(options);
  options.add_options()("range", po::value<std::string>()->default_value("all"),
                        "all, settings or OFFSET+LENGTH")("overwrite", "replace an existing file");
  po::variables_map values;
  if (!parse(arguments, options, {"file"}, "backup FILE [options]", console, values))
    return exit_code::all_passed;
  const auto path = file_of(values);
  OneSlot slot("backup", values, console);
  const auto identity = slot.flasher().identify(slot.within(identify_limit));
  slot.say(described(identity));
  const auto range = range_of(values["range"].as<std::string>(), identity);
  const auto bytes = slot.flasher().read(range, slot.progress(), slot.within(transfer_limit));
  write_private(path, bytes, values.count("overwrite") > 0);
  slot.boot().start_application(slot.within(boot_limit));
  slot.say(fmt::format("{} bytes from 0x{:06X} in {} (may hold credentials: readable by you only)",
                       bytes.size(), range.offset, path));
  return exit_code::all_passed;
}

int restore_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  add_slot_options(options);
  options.add_options()("offset", po::value<std::uint32_t>()->default_value(0),
                        "flash address of the file's first byte");
  po::variables_map values;
  if (!parse(arguments, options, {"file"}, "restore FILE [options]", console, values))
    return exit_code::all_passed;
  const auto bytes = read_bytes(file_of(values));
  const auto offset = values["offset"].as<std::uint32_t>();
  OneSlot slot("restore", values, console);
  slot.say(described(slot.flasher().identify(slot.within(identify_limit))));
  const auto report =
      slot.flasher().write_raw(offset, bytes, slot.progress(), slot.within(transfer_limit));
  slot.flasher().verify(offset, bytes, slot.progress(), slot.within(transfer_limit));
  slot.boot().start_application(slot.within(boot_limit));
  slot.say(fmt::format("{} bytes written, {} were right already; flash equals the file",
                       report.written_bytes, report.skipped_bytes));
  return exit_code::all_passed;
}

int verify_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  add_slot_options(options);
  options.add_options()("offset", po::value<std::uint32_t>()->default_value(0),
                        "flash address of the file's first byte")(
      "mode", po::value<std::string>()->default_value("keep"),
      "flash mode that was patched into the header when the file was written");
  po::variables_map values;
  if (!parse(arguments, options, {"file"}, "verify FILE [options]", console, values))
    return exit_code::all_passed;
  const auto offset = values["offset"].as<std::uint32_t>();
  const auto patch = patch_of(values["mode"].as<std::string>());
  const auto bytes = read_bytes(file_of(values));
  OneSlot slot("verify", values, console);
  auto& flasher = slot.flasher();
  slot.say(described(flasher.identify(slot.within(identify_limit))));
  const auto expected = patch.mode ? flasher.patched(bytes, patch) : bytes;
  flasher.verify(offset, expected, slot.progress(), slot.within(transfer_limit));
  slot.boot().start_application(slot.within(boot_limit));
  slot.say(fmt::format("{} bytes at 0x{:06X} equal the file", expected.size(), offset));
  return exit_code::all_passed;
}

int console_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  add_slot_options(options);
  options.add_options()("rate", po::value<std::uint32_t>()->default_value(115'200),
                        "console rate, bit/s; the boot text comes at 74880")(
      "no-reset", "listen without a reset")("for", po::value<double>()->default_value(0),
                                            "seconds to listen; 0 = until Ctrl-C");
  po::variables_map values;
  if (!parse(arguments, options, {}, "console [options]", console, values))
    return exit_code::all_passed;
  OneSlot slot("console", values, console);
  slot.uart().set_baud(values["rate"].as<std::uint32_t>());
  slot.uart().discard_input();
  if (values.count("no-reset") == 0) slot.boot().start_application(slot.within(boot_limit));
  Deadline until{.stop = console.stop};
  if (const auto limit = values["for"].as<double>(); limit > 0)
    until.at = slot.clock().now() +
               std::chrono::duration_cast<Duration>(std::chrono::duration<double>(limit));
  std::array<std::uint8_t, 512> buffer{};
  while (const auto count = slot.uart().read(buffer, until)) {
    console.out.write(reinterpret_cast<const char*>(buffer.data()),
                      static_cast<std::streamsize>(count));
    console.out.flush();
  }
  return exit_code::all_passed;
}

}  // namespace plugrig::cli
