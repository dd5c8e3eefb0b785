#include "drivers/serial/tty_open_faults.hpp"

#include <grp.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

#include "rig/core/problem.hpp"

namespace plugrig::serial {

namespace {

std::string reason(int error) { return std::generic_category().message(error); }

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

Fault missing(const std::filesystem::path& device) {
  const std::vector<std::string> ports = serial_ports_near(device);
  const std::string nearest = nearest_name(device.string(), ports);
  std::string next = ports.empty() ? "No serial port is there at all: plug the adapter in"
                                   : "Ports that are there: " + join(ports);
  if (!nearest.empty()) next = "Did you mean " + nearest + "? " + next;
  return {"serial.open.missing", Blame::host, "There is no port " + device.string() + ".",
          next + "."};
}

/// Name of the group that may use the device; empty when it has none of use.
std::string group_of(const std::filesystem::path& device) {
  struct stat info {};
  if (::stat(device.c_str(), &info) != 0 || (info.st_mode & S_IWGRP) == 0) return {};
  std::array<char, 4096> buffer{};
  group entry{};
  group* found = nullptr;
  if (::getgrgid_r(info.st_gid, &entry, buffer.data(), buffer.size(), &found) != 0 || !found) {
    return "number " + std::to_string(info.st_gid);
  }
  return entry.gr_name;
}

Fault no_permission(const std::filesystem::path& device) {
  const std::string group = group_of(device);
  const std::string next =
      group.empty() || group == "root"
          ? "Add a udev rule that gives the adapter to a group (MODE=\"0660\", GROUP=\"dialout\")."
          : "Add this user to group " + group + " (sudo usermod -aG " + group +
                " $USER), then log in again; or add a udev rule for the adapter.";
  return {"serial.open.permission", Blame::host, "This user may not open " + device.string() + ".",
          next};
}

}  // namespace

Fault busy_fault(const std::filesystem::path& device, const std::optional<PortHolder>& holder) {
  std::string who = "another program";
  if (holder) {
    who = (holder->command.empty() ? "process" : holder->command + ", process") + " " +
          std::to_string(holder->pid);
  }
  return {"serial.open.busy", Blame::host,
          "The port " + device.string() + " is held by " + who + ".",
          "End that program, or use another port."};
}

Fault open_fault(const std::filesystem::path& device, int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENXIO:
    case ENODEV:
      return missing(device);
    case EACCES:
    case EPERM:
      return no_permission(device);
    case EBUSY:
      return busy_fault(device, find_holder(device));
    default:
      return {"serial.open.failed", Blame::host,
              "Opening " + device.string() + " failed: " + reason(error) + ".",
              "Unplug the adapter, plug it in again and look at the kernel log (dmesg)."};
  }
}

}  // namespace plugrig::serial
