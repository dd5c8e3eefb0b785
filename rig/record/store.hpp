#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "rig/record/recorder.hpp"

namespace plugrig {

struct StoreOptions {
  /// Opens an existing store to read it; every write is then refused.
  bool read_only = false;
  /// How long a call waits for another process that is writing.
  std::chrono::milliseconds busy{2000};
  /// Largest size of the database file in pages of 4 KiB; 0 = no limit but the disk's.
  int max_pages = 0;
  /// Name of the SQLite VFS that holds the file; empty = the library's own. Attachments are files
  /// of the machine in any case.
  std::string vfs = {};
};

/// A run as listed.
struct RunRecord {
  std::string run_id;
  RunInfo info;
  int units = 0;
  std::optional<UtcTime> ended = {};  ///< empty: the run was broken off
};

/// The records of all runs, in one SQLite file with its attachments in `<file>.files/`.
///
/// The file keeps the rules of an honest record itself: attempts are appended and never changed, a
/// verdict is given once, PASS needs a passing attempt of every required step, a fail stays. A unit
/// that was begun and never finished reads back as aborted with no end time.
///
/// Thread rule: any thread; one call at a time goes to the disk. Calls block for the disk and, at
/// most `busy`, for other processes.
class RecordStore final : public Recorder {
 public:
  /// Faults: `store.open`, `store.locked`, `store.corrupt`, `store.foreign`, `store.version`,
  /// `store.full`, `store.readonly`, `store.io`.
  explicit RecordStore(const std::filesystem::path& path, const StoreOptions& options = {});
  ~RecordStore() override;
  RecordStore(const RecordStore&) = delete;
  RecordStore& operator=(const RecordStore&) = delete;

  void prove_writable() override;
  [[nodiscard]] std::optional<UtcTime> last_recorded() override;
  std::string begin_run(const RunInfo& info) override;
  void end_run(const std::string& run_id, UtcTime ended) override;
  void begin_unit(const UnitStart& unit) override;
  void append_attempt(const std::string& unit_id, const AttemptRecord& attempt) override;
  void set_fact(const std::string& unit_id, std::string_view name, std::string_view value) override;
  Attachment keep_file(const std::string& unit_id, std::string_view name,
                       std::string_view media_type, std::span<const std::uint8_t> bytes,
                       bool sensitive) override;
  [[nodiscard]] std::vector<SeenUnit> seen_units(std::string_view serial,
                                                 std::string_view mac) override;
  void finish_unit(const std::string& unit_id, const UnitEnd& end) override;

  /// Fault `store.unknown_unit` (config) when there is no such unit.
  [[nodiscard]] UnitRecord unit(const std::string& unit_id) const;
  /// The units of a run, in the order in which they were begun.
  [[nodiscard]] std::vector<UnitRecord> units_of(const std::string& run_id) const;
  /// The last `limit` units of the store, oldest first.
  [[nodiscard]] std::vector<UnitRecord> last_units(std::size_t limit) const;
  /// All runs, oldest first.
  [[nodiscard]] std::vector<RunRecord> runs() const;

  [[nodiscard]] const std::filesystem::path& path() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plugrig
