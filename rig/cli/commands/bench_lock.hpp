#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "drivers/serial/lock_file.hpp"
#include "fixtures/bench/bench.hpp"

namespace plugrig::cli {

/// The hardware of a bench is this program's alone as long as this lives: one lock for the bench
/// file, by its real path, and one for each serial device and network address that it names.
/// Channels of FTDI adapters are locked by their driver. A crash frees all of them; a guardian
/// process that was handed the bench's lock holds it until everything is off.
class BenchLocks {
 public:
  BenchLocks() = default;
  /// Locks nothing of a bench that is simulated in this process. `whole_bench`: the bench's lock
  /// too; it is also taken where mains could be switched. `command`: what others are told. Faults
  /// `bench.locked`, `port.locked` (operator, so exit code 2: nothing was touched), `lock.folder`
  /// (host).
  BenchLocks(const bench::BenchSpec& bench, bool whole_bench, const std::string& command,
             const Clock& clock, const std::filesystem::path& folder = serial::lock_folder());

  /// Descriptor of the bench's lock; -1 = none.
  [[nodiscard]] int bench_fd() const;

 private:
  bool has_bench_ = false;
  std::vector<serial::LockFile> locks_;  ///< the bench's first
};

}  // namespace plugrig::cli
