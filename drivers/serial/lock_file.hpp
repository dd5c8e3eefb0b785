#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "rig/core/clock.hpp"
#include "rig/core/fd_wait.hpp"

namespace plugrig::serial {

/// Who has a lock, as they wrote it down.
struct LockHolder {
  pid_t pid = 0;
  std::string program;  ///< "plugrig"
  std::string command;  ///< "run"
  std::string user;     ///< name, or number
  std::string since;    ///< ISO 8601, UTC
};

/// "plugrig run, process 1234 of anna, since 2026-11-26T09:30:00.123Z"; as much of it as is known.
std::string describe(const LockHolder& holder);

/// Where programs of all users of this computer keep their locks: /run/lock, else a folder of this
/// user ($XDG_RUNTIME_DIR), else /tmp.
std::filesystem::path lock_folder();

/// The name of the lock file of something with this name, such as the path of a device or
/// `host:port`; `kind` is a word of letters.
std::string lock_file_name(std::string_view kind, std::string_view name);

/// A file that is locked by flock(2) as long as this lives, with the holder written inside. The
/// kernel holds the lock: it goes with the process, however that ends, and with those that have got
/// a copy of its descriptor. The file stays, so that no two processes lock two files of one name.
class LockFile {
 public:
  /// Takes the lock, or not: `taken()`. Blocks for up to 50 ms when it is not free at once. Fault
  /// `lock.folder` (host) when the file can be neither made nor opened.
  LockFile(const std::filesystem::path& file, const std::string& command, const Clock& clock);
  LockFile(LockFile&&) = default;
  LockFile& operator=(LockFile&&) = default;
  ~LockFile();

  [[nodiscard]] bool taken() const { return taken_; }
  /// Who has it; empty when it is ours, or when they have not written it down yet.
  [[nodiscard]] const std::optional<LockHolder>& holder() const { return holder_; }
  [[nodiscard]] int fd() const { return file_.get(); }

 private:
  UniqueFd file_;
  bool taken_ = false;
  std::optional<LockHolder> holder_;
};

/// Writes this process down as holder of a lock that it was handed as a descriptor.
void write_lock_holder(int fd, const std::string& command, const Clock& clock);

}  // namespace plugrig::serial
