#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>

#include "rig/record/sqlite.hpp"
#include "rig/record/store.hpp"

namespace plugrig {

/// Which file a name means.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t number = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};
/// Empty when there is none.
std::optional<FileIdentity> identity_of(const std::filesystem::path& file);

/// What the two halves of the store share: one connection, and the lock that guards it.
struct RecordStore::State {
  State(const std::filesystem::path& file, const StoreOptions& options);

  std::filesystem::path file;
  std::filesystem::path folder;  ///< of the attachments
  mutable std::mutex lock;
  mutable sqlite::Database database;

  /// Every write begins with it. Fault `store.vanished` when the file that is open is not the one
  /// that has its name any more: renamed, removed, or its disk is gone.
  void check_in_place() const;

 private:
  std::optional<FileIdentity> opened_;  ///< empty: not a file of the machine
};

}  // namespace plugrig
