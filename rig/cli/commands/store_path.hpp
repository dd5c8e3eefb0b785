#pragma once

#include <filesystem>
#include <string>

namespace plugrig::cli {

/// The record store: `given` when not empty, else `$PLUGRIG_STORE`, else
/// `$XDG_DATA_HOME/plugrig/records.sqlite` (`~/.local/share/…`). Its folder is made.
std::filesystem::path store_path(const std::string& given);

}  // namespace plugrig::cli
