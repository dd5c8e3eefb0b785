#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace plugrig::serial {

/// A process that has a port.
struct PortHolder {
  pid_t pid = 0;
  std::string command;  ///< short name, or empty when it may not be read
};

/// Another living process that has `device` open, found in /proc. Empty when there is none or when
/// it belongs to a user whose descriptors may not be read.
std::optional<PortHolder> find_holder(const std::filesystem::path& device);

/// The living process named by a UUCP lock file (`LCK..ttyUSB0`) in `lock_folder`; programs older
/// than flock(2) lock only that way. Stale files count as none.
std::optional<PortHolder> find_lock_file_holder(const std::filesystem::path& device,
                                                const std::filesystem::path& lock_folder);

/// Serial ports beside `wanted` and under /dev/serial/by-id, sorted, for the message about a
/// missing port.
std::vector<std::string> serial_ports_near(const std::filesystem::path& wanted);

}  // namespace plugrig::serial
