#include "drivers/serial/ftdi/channel_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <fstream>
#include <string_view>

#include "drivers/serial/ftdi/adapter_faults.hpp"

namespace plugrig::ftdi {

namespace fs = std::filesystem;

namespace {

/// More than somebody needs who only looks whether a lock is held.
constexpr Duration kLookTime = std::chrono::milliseconds{50};

fs::path lock_file(const fs::path& folder, const std::string& path, int index) {
  return folder / ("plugrig-ftdi-" + path + "-" + channel_letter(index));
}

/// "1234 plugrig\n"; empty when nobody has written it.
std::optional<serial::PortHolder> read_holder(int file) {
  std::array<char, 128> buffer{};
  const ssize_t length = ::pread(file, buffer.data(), buffer.size(), 0);
  if (length <= 0) return std::nullopt;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(length));
  serial::PortHolder holder;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), holder.pid);
  if (error != std::errc{} || holder.pid <= 0) return std::nullopt;
  std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  holder.command = rest.substr(0, rest.find('\n'));
  return holder;
}

void write_holder(int file) {
  std::string command;
  std::getline(std::ifstream("/proc/self/comm"), command);
  const std::string text = std::to_string(::getpid()) + " " + command + "\n";
  // A full disk leaves the holder without a name, no more.
  if (::ftruncate(file, 0) != 0) return;
  [[maybe_unused]] const ssize_t written = ::pwrite(file, text.data(), text.size(), 0);
}

/// Another user's file in a sticky folder may often be read only; that is enough for a lock.
UniqueFd open_lock_file(const fs::path& file) {
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!fd) fd = UniqueFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return fd;
}

}  // namespace

ChannelLock::ChannelLock(const fs::path& folder, const std::string& path, int index, Clock& clock)
    : file_(open_lock_file(lock_file(folder, path, index))) {
  if (!file_) return;
  const Instant limit = clock.now() + kLookTime;
  while (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    refused_ = clock.now() >= limit;
    if (refused_) {
      holder_ = read_holder(file_.get());
      return;
    }
    clock.sleep_for(kLookTime / 5, {});
  }
  write_holder(file_.get());
}

ChannelLock::~ChannelLock() { release(); }

void ChannelLock::release() noexcept {
  const std::lock_guard lock(mutex_);
  if (!file_ || refused_) return;
  // The file stays: removing it would let two processes lock two files of one name.
  [[maybe_unused]] const int emptied = ::ftruncate(file_.get(), 0);
  file_.reset();
}

std::optional<serial::PortHolder> find_channel_holder(const fs::path& folder,
                                                      const std::string& path, int index) {
  const UniqueFd file(
      ::open(lock_file(folder, path, index).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file) return std::nullopt;
  const auto holder = read_holder(file.get());
  // A name is left over when its process was killed; then nobody has the lock.
  if (!holder || ::flock(file.get(), LOCK_SH | LOCK_NB) == 0) return std::nullopt;
  return holder;
}

}  // namespace plugrig::ftdi
