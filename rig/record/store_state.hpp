#pragma once

#include <filesystem>
#include <mutex>

#include "rig/record/sqlite.hpp"
#include "rig/record/store.hpp"

namespace plugrig {

/// What the two halves of the store share: one connection, and the lock that guards it.
struct RecordStore::State {
  State(const std::filesystem::path& file, const StoreOptions& options);

  std::filesystem::path file;
  std::filesystem::path folder;  ///< of the attachments
  mutable std::mutex lock;
  mutable sqlite::Database database;
};

}  // namespace plugrig
