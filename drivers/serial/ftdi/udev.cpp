#include "drivers/serial/ftdi/udev.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string_view>
#include <system_error>

namespace plugrig::ftdi {

namespace fs = std::filesystem;

namespace {

/// `KEY op "value"`, one part of a rule.
struct Part {
  std::string_view key, op, value;
};

/// The parts of a rule, as far as it can be read.
std::vector<Part> parts_of(std::string_view rule) {
  std::vector<Part> parts;
  while (true) {
    rule.remove_prefix(std::min(rule.find_first_not_of(", \t"), rule.size()));
    const std::size_t key = std::min(rule.find_first_of("=!+-:"), rule.size());
    const std::size_t begin = rule.find('"', key);
    const std::size_t end = begin == std::string_view::npos ? begin : rule.find('"', begin + 1);
    if (end == std::string_view::npos) return parts;
    const auto trimmed = [](std::string_view text) {
      return text.substr(0, text.find_last_not_of(" \t") + 1);
    };
    parts.push_back({trimmed(rule.substr(0, key)), trimmed(rule.substr(key, begin - key)),
                     rule.substr(begin + 1, end - begin - 1)});
    rule.remove_prefix(end + 1);
  }
}

/// Whether one of the '|'-separated patterns fits.
bool fits(std::string_view patterns, const std::string& value) {
  for (std::size_t begin = 0; begin <= patterns.size();) {
    const std::size_t end = std::min(patterns.find('|', begin), patterns.size());
    const std::string pattern(patterns.substr(begin, end - begin));
    if (::fnmatch(pattern.c_str(), value.c_str(), 0) == 0) return true;
    begin = end + 1;
  }
  return false;
}

bool gives_access(const Part& part) {
  if (part.op == "==" || part.op == "!=") return false;
  return part.key == "MODE" || part.key == "GROUP" ||
         (part.key == "TAG" && part.value == "uaccess");
}

bool covers(std::string_view rule, std::uint16_t product) {
  bool vendor = false, access = false;
  for (const Part& part : parts_of(rule)) {
    const auto is = [&part](std::string_view key) {
      return part.op == "==" && (part.key == key || part.key == std::string(key) + "S" ||
                                 part.key == "ATTR{" + std::string(key) + "}" ||
                                 part.key == "ATTRS{" + std::string(key) + "}");
    };
    vendor = vendor || (is("idVendor") && part.value == "0403");
    access = access || gives_access(part);
    if (is("idProduct") && !fits(part.value, fmt::format("{:04x}", product))) return false;
    // A rule for the tty does not open the USB device.
    if (is("SUBSYSTEM") && !fits(part.value, "usb")) return false;
  }
  return vendor && access;  // without the vendor: no rule for adapters, whatever it does
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
