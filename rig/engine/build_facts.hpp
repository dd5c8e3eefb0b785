#pragma once

/// Facts of a unit on which firmware builds are compared.
namespace plugrig {

/// Path of the image that this trial is about.
inline constexpr const char* kBuildFileFact = "build_file";
/// What that build called itself, where other builds run on the unit too in the same trial.
inline constexpr const char* kBuildVersionFact = "build_version";

}  // namespace plugrig
