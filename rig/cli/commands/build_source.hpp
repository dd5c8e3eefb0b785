#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include "rig/regress/trial.hpp"

/// Where firmware builds come from.
namespace plugrig::cli {

/// A build, kept under its digest: what is flashed later is what was named here, whatever becomes
/// of the file.
struct KeptBuild {
  regress::Build build;
  std::filesystem::path file;  ///< `FOLDER/SHA256.bin`
};

/// A build that cannot be made is no verdict on it: a bisection passes over the commit.
struct NoBuild : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Finds the build that `source` names and keeps it in `folder`, which is made when it is not
/// there:
/// - `exec:COMMAND`: the shell command makes it; the last line that it prints is the image's path.
///   NoBuild when it fails. Blocks until it has ended; what it says on its error stream is shown.
/// - `sha256:DIGEST`: kept before; eight digits at least are enough when no other begins so.
/// - a folder: its newest `.bin` file;
/// - a file.
/// UsageError when there is none; Fault `file.write` (host).
KeptBuild keep_build(const std::string& source, const std::filesystem::path& folder);

}  // namespace plugrig::cli
