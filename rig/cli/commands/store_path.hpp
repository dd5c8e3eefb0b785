#pragma once

#include <filesystem>
#include <string>

namespace plugrig::cli {

/// The record store: `given` when not empty, else `$PLUGRIG_STORE`, else
/// `$XDG_DATA_HOME/plugrig/records.sqlite` (`~/.local/share/…`). The folder of
/// the last is made; the others must be there.
std::filesystem::path store_path(const std::string& given);

}  // namespace plugrig::cli
