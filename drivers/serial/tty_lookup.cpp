#include "drivers/serial/tty_lookup.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <string_view>
#include <system_error>

namespace plugrig::serial {

namespace fs = std::filesystem;

namespace {

std::optional<pid_t> as_pid(std::string_view text) {
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (error != std::errc{} || end != text.data() + text.size() || pid <= 0) return std::nullopt;
  return pid;
}

std::string command_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

bool is_alive(pid_t pid) { return ::kill(pid, 0) == 0 || errno == EPERM; }

/// Whether one of the descriptors of a process is the terminal `device`.
bool has_open(const fs::path& process, dev_t device) {
  std::error_code ignored;
  for (fs::directory_iterator it(process / "fd", ignored), end; it != end; it.increment(ignored)) {
    if (ignored) return false;
    struct stat info {};
    if (::stat(it->path().c_str(), &info) != 0) continue;
    if (S_ISCHR(info.st_mode) && info.st_rdev == device) return true;
  }
  return false;
}

bool looks_serial(std::string_view name) {
  static constexpr std::array<std::string_view, 7> prefixes{"ttyUSB", "ttyACM", "ttyAMA", "ttymxc",
                                                            "ttySC",  "ttyTHS", "rfcomm"};
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace

std::optional<PortHolder> find_holder(const fs::path& device) {
  struct stat info {};
  if (::stat(device.c_str(), &info) != 0 || !S_ISCHR(info.st_mode)) return std::nullopt;
  std::error_code ignored;
  for (fs::directory_iterator it("/proc", ignored), end; it != end; it.increment(ignored)) {
    if (ignored) break;
    const std::optional<pid_t> pid = as_pid(it->path().filename().string());
    if (!pid || *pid == ::getpid() || !has_open(it->path(), info.st_rdev)) continue;
    return PortHolder{*pid, command_of(*pid)};
  }
  return std::nullopt;
}

std::optional<PortHolder> find_lock_file_holder(const fs::path& device,
                                                const fs::path& lock_folder) {
  std::ifstream file(lock_folder / ("LCK.." + device.filename().string()));
  std::string first;  // the HDB format: the number in ten columns, then perhaps a name
  if (!(file >> first)) return std::nullopt;
  const std::optional<pid_t> pid = as_pid(first);
  if (!pid || *pid == ::getpid() || !is_alive(*pid)) return std::nullopt;
  return PortHolder{*pid, command_of(*pid)};
}

std::vector<std::string> serial_ports_near(const fs::path& wanted) {
  std::vector<std::string> found;
  const auto add_folder = [&found](const fs::path& folder, bool all) {
    std::error_code ignored;
    for (fs::directory_iterator it(folder, ignored), end; it != end; it.increment(ignored)) {
      if (ignored) return;
      if (all || looks_serial(it->path().filename().string())) found.push_back(it->path().string());
    }
  };
  const fs::path by_id = "/dev/serial/by-id";
  add_folder(wanted.parent_path(), wanted.parent_path() == by_id);
  if (wanted.parent_path() != by_id) add_folder(by_id, true);
  if (wanted.parent_path() != "/dev") add_folder("/dev", false);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace plugrig::serial
