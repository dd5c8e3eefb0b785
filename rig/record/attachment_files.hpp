#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace plugrig {

/// `text` with everything but letters, digits, `.`, `-` and `_` replaced by `_`; never empty, never
/// starting with a dot, at most 100 bytes.
std::string as_file_name(std::string_view text);

/// Creates `folder` and what is above it, up to and without `root`, which must exist; each new
/// entry is on the disk when this returns. Fault `store.*`.
void make_folder(const std::filesystem::path& root, const std::filesystem::path& folder);

/// Writes a new file and makes it durable together with its folder entry. Does not replace: when
/// `name` is taken, `2-name`, `3-name`, … is used. `sensitive` files get mode 0600, others 0644
/// less the umask. Returns the path. Fault `store.full`, `store.readonly` or `store.io`; then no
/// file is left.
std::filesystem::path write_new_file(const std::filesystem::path& folder, const std::string& name,
                                     std::span<const std::uint8_t> bytes, bool sensitive);

}  // namespace plugrig
