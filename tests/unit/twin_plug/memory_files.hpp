#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "fixtures/twin/tasmota/file_servers.hpp"

namespace plugrig::twin::test {

/// Files that are there at once, bytes at 100 kB/s.
class MemoryFiles final : public FileServers {
 public:
  std::map<std::string, std::vector<std::uint8_t>> files;
  bool reachable = true;
  bool tells_size = true;
  std::size_t breaks_after = SIZE_MAX;  ///< bytes of a download, then the connection is gone
  std::size_t stalls_after = SIZE_MAX;  ///< bytes of a download, then nothing more comes
  int asked = 0;

  std::uint64_t begin(const std::string& url, Duration now) override {
    ++asked;
    if (!reachable) return 0;
    downloads_[++last_] = {url, now, 0};
    return last_;
  }

  Arrived take(std::uint64_t number, Duration now) override {
    Download& download = downloads_.at(number);
    const auto found = files.find(download.url);
    if (found == files.end()) return {404, 9, {}, true};
    const auto& file = found->second;
    Arrived arrived{200, std::nullopt, {}, false};
    if (tells_size) arrived.announced_bytes = file.size();
    const auto sent = static_cast<std::size_t>((now - download.began) / Duration{10'000});
    const std::size_t end = std::min({sent, file.size(), breaks_after, stalls_after});
    arrived.bytes.assign(file.begin() + static_cast<std::ptrdiff_t>(download.taken),
                         file.begin() + static_cast<std::ptrdiff_t>(end));
    download.taken = end;
    arrived.over = end == breaks_after;
    return arrived;
  }

  void drop(std::uint64_t number) override { downloads_.erase(number); }
  [[nodiscard]] std::size_t open() const { return downloads_.size(); }

 private:
  struct Download {
    std::string url;
    Duration began{};
    std::size_t taken = 0;
  };
  std::map<std::uint64_t, Download> downloads_;
  std::uint64_t last_ = 0;
};

}  // namespace plugrig::twin::test
