#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace plugrig {

/// A file for plugs to fetch over HTTP.
struct FileOffer {
  std::string name;  ///< last part of its URL; what is no letter, digit, '.' or '_' becomes '_'
  std::vector<std::uint8_t> bytes;
  /// The transfer breaks off after so many bytes of all that were announced; every time.
  std::optional<std::size_t> cut_after = {};
  /// Offered beside it under `minimal_beside` its URL, whole; empty = there is none. A plug that
  /// has no room for the file takes this first, and with it the file.
  std::vector<std::uint8_t> minimal = {};
};

/// Where plugs look for a minimal build beside a file whose name has no '-': "…/S1-minimal.bin" for
/// "…/S1.bin". Source: facts "Tasmota as device under test" §16.
std::string minimal_beside(const std::string& url);

/// What became of an offer so far.
struct FileFetches {
  int requests = 0;
  std::size_t bytes = 0;  ///< that left here, of all requests together
  friend bool operator==(const FileFetches&, const FileFetches&) = default;
};

/// Offers files to plugs, which fetch them by themselves. Callable from several slot threads; no
/// call waits for a plug.
class FileServer {
 public:
  virtual ~FileServer() = default;
  /// The URL under which the plug finds the file from now on. No two offers have the same one.
  virtual std::string offer(FileOffer offer) = 0;
  /// Nothing for a URL that is not, or no longer, offered. The minimal build has its own.
  [[nodiscard]] virtual FileFetches fetches(const std::string& url) const = 0;
  /// From now on the URL, and the one of its minimal build, is not found; a transfer that runs may
  /// end. Must not throw.
  virtual void withdraw(const std::string& url) noexcept = 0;
};

}  // namespace plugrig
