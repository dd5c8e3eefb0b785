#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/peers/qemu_lx106/case.hpp"
#include "tests/peers/qemu_lx106/encoder.hpp"

namespace plugrig::qemu_lx106 {

/// A folder for the files of one test, removed at the end.
class Workshop {
 public:
  Workshop();
  ~Workshop();
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  /// Runs a shell command in the folder; std::runtime_error with its output when it fails.
  void run(const std::string& command) const;
  void write(const std::string& name, const std::vector<std::uint8_t>& bytes) const;
  [[nodiscard]] std::vector<std::uint8_t> read(const std::string& name) const;

 private:
  std::filesystem::path folder_;
};

/// The state blocks after qemu ran all cases of the batch in one process. std::runtime_error with
/// what to install when a tool is missing.
std::vector<StateBlock> run_in_qemu(const Batch& batch);

/// What the Debian assembler makes of `text` at address 0, as one block of bytes.
std::vector<std::uint8_t> assemble(const std::string& text);

}  // namespace plugrig::qemu_lx106
