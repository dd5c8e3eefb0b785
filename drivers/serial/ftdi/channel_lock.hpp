#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "drivers/serial/tty_lookup.hpp"
#include "rig/core/fd_wait.hpp"

namespace plugrig::ftdi {

/// A file that tells other processes of the rig who has a channel: locked by flock(2) as long as
/// the channel is open, process number and command inside. Held in the kernel, so it goes with the
/// process however that ends. The USB claim protects the channel even where no lock file can be
/// made; the file only gives the holder a name.
class ChannelLock {
 public:
  /// Takes the lock of channel `index` of the adapter at `path`. When somebody has it, `holder()`
  /// names them. Where the folder cannot be written the lock counts as taken, without a file.
  /// Blocks for up to 50 ms when it is not free at once: `find_channel_holder` has it for a moment.
  ChannelLock(const std::filesystem::path& folder, const std::string& path, int index,
              Clock& clock);
  ~ChannelLock();
  ChannelLock(const ChannelLock&) = delete;
  ChannelLock& operator=(const ChannelLock&) = delete;

  /// Gives the lock back before the object goes: the channel was lost, and whoever finds the
  /// adapter again may have it. Any thread.
  void release() noexcept;

  [[nodiscard]] bool taken() const { return !refused_; }
  [[nodiscard]] const std::optional<serial::PortHolder>& holder() const { return holder_; }

 private:
  std::mutex mutex_;  ///< of `file_`
  UniqueFd file_;
  bool refused_ = false;
  std::optional<serial::PortHolder> holder_;
};

/// Who has a channel locked, without taking the lock; this process counts too.
std::optional<serial::PortHolder> find_channel_holder(const std::filesystem::path& folder,
                                                      const std::string& path, int index);

}  // namespace plugrig::ftdi
