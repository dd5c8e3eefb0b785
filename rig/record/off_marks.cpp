#include "rig/record/off_marks.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "rig/core/fault.hpp"

namespace plugrig {
namespace {

using nlohmann::json;

Fault cannot(const std::filesystem::path& file, const std::string& what, const std::string& next) {
  return {"safety.off_mark", Blame::host, fmt::format("{}: {}", file.string(), what), next};
}

Fault cannot_write(const std::filesystem::path& file, int error) {
  return cannot(file, fmt::format("cannot be written ({})", std::generic_category().message(error)),
                "Make room in its folder, or make the folder writable. Until then nothing reminds "
                "the next program that a slot may be live.");
}

/// Written and on the disk, or a fault.
void write_through(const std::filesystem::path& file, const std::string& text) {
  const int handle = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (handle < 0) throw cannot_write(file, errno);
  std::size_t done = 0;
  int error = 0;
  while (done < text.size() && error == 0) {
    const ssize_t wrote = ::write(handle, text.data() + done, text.size() - done);
    if (wrote >= 0) {
      done += static_cast<std::size_t>(wrote);
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (error == 0 && ::fsync(handle) != 0) error = errno;
  ::close(handle);
  if (error != 0) throw cannot_write(file, error);
}

/// A new, renamed or removed name is durable only with its folder.
void sync_folder(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) throw cannot_write(file, errno);
  const int error = ::fsync(handle) == 0 ? 0 : errno;
  ::close(handle);
  if (error != 0) throw cannot_write(file, error);
}

OffMark mark_of(const json& entry) {
  return {entry.at("slot").get<std::string>(), entry.at("why").get<std::string>(),
          UtcTime{entry.at("since_unix_ms").get<std::int64_t>()}};
}

}  // namespace

FileOffMarks::FileOffMarks(std::filesystem::path file, std::string bench)
    : file_(std::move(file)), bench_(std::move(bench)) {}

std::vector<OffMark> FileOffMarks::left() {
  const std::scoped_lock guard(lock_);
  return read();
}

void FileOffMarks::set(const OffMark& mark) {
  const std::scoped_lock guard(lock_);
  std::vector<OffMark> marks = read();
  const auto same = [&](const OffMark& other) { return other.slot == mark.slot; };
  if (std::any_of(marks.begin(), marks.end(), same)) return;
  marks.push_back(mark);
  write(marks);
}

void FileOffMarks::clear(const std::string& slot) {
  const std::scoped_lock guard(lock_);
  std::vector<OffMark> marks = read();
  if (std::erase_if(marks, [&](const OffMark& mark) { return mark.slot == slot; }) == 0) return;
  write(marks);
}

std::vector<OffMark> FileOffMarks::read() const {
  std::error_code error;
  if (!std::filesystem::exists(file_, error)) {
    if (!error) return {};
    throw cannot(file_, fmt::format("cannot be looked at ({})", error.message()),
                 "Make its folder readable.");
  }
  std::ifstream stream(file_, std::ios::binary);
  const json content = json::parse(stream, nullptr, false);
  try {
    std::vector<OffMark> marks;
    for (const json& entry : content.at("off_not_confirmed")) marks.push_back(mark_of(entry));
    return marks;
  } catch (const json::exception&) {
    // It is there: something was not confirmed. What it says no longer counts, that it is there
    // does.
    throw cannot(file_, "cannot be read",
                 "See that everything on the bench is off and unplugged, then delete this file.");
  }
}

void FileOffMarks::write(const std::vector<OffMark>& marks) const {
  std::error_code error;
  if (marks.empty()) {
    std::filesystem::remove(file_, error);
    if (error) throw cannot_write(file_, error.value());
    sync_folder(file_);
    return;
  }
  json list = json::array();
  for (const OffMark& mark : marks) {
    list.push_back({{"slot", mark.slot},
                    {"why", mark.why},
                    {"since", to_iso8601(mark.since)},
                    {"since_unix_ms", mark.since.unix_ms}});
  }
  if (file_.has_parent_path()) std::filesystem::create_directories(file_.parent_path(), error);
  const std::filesystem::path fresh = file_.string() + ".new";
  write_through(fresh, json{{"bench", bench_}, {"off_not_confirmed", list}}.dump(2) + "\n");
  std::filesystem::rename(fresh, file_, error);
  if (error) throw cannot_write(file_, error.value());
  sync_folder(file_);
}

}  // namespace plugrig
