#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace plugrig::test {

/// A disk in memory, as a VFS of SQLite: what is written reaches the platter with the next sync of
/// its file. When the power goes, any part of what was not synced may have reached it, in any
/// order, in sectors of 512 bytes; bytes outside what was written are never harmed.
///
/// One connection at a time, from one thread.
class PowerCutDisk {
 public:
  /// Registers the VFS under `name`, which no other one of the process has.
  explicit PowerCutDisk(std::string name);
  ~PowerCutDisk();
  PowerCutDisk(const PowerCutDisk&) = delete;
  PowerCutDisk& operator=(const PowerCutDisk&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  /// Writes, truncations and syncs so far.
  [[nodiscard]] int operations() const { return operations_; }

  /// The power goes at this operation, counted from 1 from now on: it and all that follow fail.
  void cut_at(int operation);
  /// From this operation on (counted from now) writes fail with the given code: SQLITE_FULL,
  /// SQLITE_IOERR_WRITE, or SQLITE_IOERR_FSYNC for syncs alone. 0 = they work again.
  void fail_from(int operation, int code);
  [[nodiscard]] bool is_cut() const { return cut_; }
  /// Power is back: `chance` decides what of the unsynced writes is there.
  void restart(std::mt19937_64& chance);

  struct Write {
    std::int64_t offset = 0;
    std::vector<std::uint8_t> bytes;
    bool truncates = false;  ///< to `offset` bytes
  };
  struct File {
    std::vector<std::uint8_t> platter;
    std::vector<std::uint8_t> seen;  ///< platter and cache: what a reader gets
    std::vector<Write> unsynced;
    std::vector<std::unique_ptr<std::uint8_t[]>> shared;  ///< memory of the log's index
  };

  // What the VFS does with files; results are codes of SQLite.
  File* open(const std::string& path, bool create);
  int remove(const std::string& path);
  [[nodiscard]] bool exists(const std::string& path) const { return files_.contains(path); }
  int write(File& file, const void* bytes, int count, std::int64_t offset);
  int truncate(File& file, std::int64_t size);
  int sync(File& file);

 private:
  int next_operation(bool is_sync);

  std::string name_;
  sqlite3_vfs vfs_{};
  std::map<std::string, std::unique_ptr<File>> files_;
  int operations_ = 0;
  int cut_at_ = 0;
  int fail_from_ = 0;
  int fail_code_ = 0;
  bool cut_ = false;
};

}  // namespace plugrig::test
