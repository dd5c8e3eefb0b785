#include "drivers/serial/ftdi/udev.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <string_view>
#include <system_error>

namespace plugrig::ftdi {

namespace fs = std::filesystem;

namespace {

/// Whether one of the '|'-separated patterns of `KEY=="…"` fits; a rule without the key fits all.
bool matches(const std::string& rule, const std::string& key, const std::string& value) {
  const std::regex condition(key + R"re(\s*==\s*"([^"]*)")re");
  std::smatch found;
  if (!std::regex_search(rule, found, condition)) return true;
  const std::string patterns = found[1];
  for (std::size_t begin = 0; begin <= patterns.size();) {
    const std::size_t end = std::min(patterns.find('|', begin), patterns.size());
    const std::string pattern = patterns.substr(begin, end - begin);
    if (::fnmatch(pattern.c_str(), value.c_str(), 0) == 0) return true;
    begin = end + 1;
  }
  return false;
}

bool gives_access(const std::string& rule) {
  static const std::regex access(R"re(\b(MODE|GROUP)\s*:?=\s*"|\bTAG\s*\+?=\s*"uaccess")re");
  return std::regex_search(rule, access);
}

bool covers(const std::string& rule, std::uint16_t product) {
  static const std::regex vendor(R"re(ATTRS?\{idVendor\}\s*==\s*"0403")re");
  if (!std::regex_search(rule, vendor)) return false;  // also not a rule for every device there is
  if (!matches(rule, R"re(ATTRS?\{idProduct\})re", fmt::format("{:04x}", product))) return false;
  // A rule for the tty does not open the USB device.
  if (!matches(rule, "SUBSYSTEMS?", "usb")) return false;
  return gives_access(rule);
}

/// Logical lines: a backslash at the end joins; comments are left out.
bool any_rule_covers(const fs::path& file, std::uint16_t product) {
  std::ifstream text(file);
  std::string rule;
  for (std::string line; std::getline(text, line);) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string::npos || line[begin] == '#') continue;
    rule += line;
    if (rule.back() == '\\') {
      rule.pop_back();
      continue;
    }
    if (covers(rule, product)) return true;
    rule.clear();
  }
  return covers(rule, product);
}

}  // namespace

std::vector<fs::path> udev_rule_folders() {
  return {"/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d",
          "/usr/lib/udev/rules.d", "/lib/udev/rules.d"};
}

std::optional<fs::path> udev_rule_covering(std::uint16_t product,
                                           const std::vector<fs::path>& folders) {
  std::set<fs::path> names;
  for (const fs::path& folder : folders) {
    std::error_code none;
    for (fs::directory_iterator it(folder, none), end; it != end; it.increment(none)) {
      if (none) break;
      const fs::path& file = it->path();
      if (file.extension() != ".rules" || !names.insert(file.filename()).second) continue;
      if (any_rule_covers(file, product)) return file;
    }
  }
  return std::nullopt;
}

std::string udev_rule_for(std::uint16_t product) {
  return fmt::format(
      R"(SUBSYSTEM=="usb", ENV{{DEVTYPE}}=="usb_device", ATTR{{idVendor}}=="0403", )"
      R"(ATTR{{idProduct}}=="{:04x}", MODE="0660", GROUP="plugdev", TAG+="uaccess", )"
      R"(ENV{{ID_MM_DEVICE_IGNORE}}="1")",
      product);
}

}  // namespace plugrig::ftdi
