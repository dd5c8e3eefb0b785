#include "rig/record/attachment_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "rig/core/fault.hpp"

namespace plugrig {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, int error) {
  const std::string happened = fmt::format("{}: the file cannot be written ({}).", path.string(),
                                           std::generic_category().message(error));
  if (error == ENOSPC || error == EFBIG || error == EDQUOT) {
    throw Fault("store.full", Blame::host, happened, "Free disk space, then run the unit again.");
  }
  if (error == EACCES || error == EPERM || error == EROFS) {
    throw Fault("store.readonly", Blame::host, happened,
                "Check the owner and the permissions of the folder.");
  }
  throw Fault("store.io", Blame::host, happened, "Check the disk, then run the unit again.");
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool valid() const { return number_ >= 0; }

 private:
  int number_;
};

void sync_folder(const fs::path& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.valid() || ::fsync(descriptor.get()) != 0) fail(folder, errno);
}

/// 0, or the error number.
int write_all(int descriptor, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return ::fsync(descriptor) == 0 ? 0 : errno;
}

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

}  // namespace

std::string as_file_name(std::string_view text) {
  constexpr std::size_t longest = 100;
  std::string name(text.substr(0, longest));
  for (char& c : name) {
    if (!plain(c)) c = '_';
  }
  if (name.empty()) name.push_back('_');
  if (name.front() == '.') name.front() = '_';
  return name;
}

void make_folder(const fs::path& root, const fs::path& folder) {
  if (folder == root || folder.empty()) return;
  make_folder(root, folder.parent_path());
  if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) fail(folder, errno);
  // Whoever made it before may have died before its entry was on the disk.
  sync_folder(folder.parent_path().empty() ? fs::path(".") : folder.parent_path());
}

fs::path write_new_file(const fs::path& folder, const std::string& name,
                        std::span<const std::uint8_t> bytes, bool sensitive) {
  const mode_t mode = sensitive ? 0600 : 0644;
  for (int number = 1;; ++number) {
    const fs::path path = folder / (number == 1 ? name : fmt::format("{}-{}", number, name));
    const Descriptor descriptor(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!descriptor.valid() && errno == EEXIST) continue;
    if (!descriptor.valid()) fail(path, errno);
    if (const int error = write_all(descriptor.get(), bytes); error != 0) {
      ::unlink(path.c_str());
      fail(path, error);
    }
    sync_folder(folder);
    return path;
  }
}

}  // namespace plugrig
