#include "tests/faults/power_cut_vfs.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace plugrig::test {
namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kSharedPage = 32 * 1024;

/// What SQLite keeps of an open file: its own part first.
struct Handle {
  sqlite3_file base;
  PowerCutDisk* disk;
  PowerCutDisk::File* file;
};

Handle& handle(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
PowerCutDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<PowerCutDisk*>(vfs->pAppData); }

int close_file(sqlite3_file*) { return SQLITE_OK; }

int read_file(sqlite3_file* file, void* into, int count, sqlite3_int64 offset) {
  const auto& bytes = handle(file).file->seen;
  const auto size = static_cast<sqlite3_int64>(bytes.size());
  const auto there = std::clamp<sqlite3_int64>(size - offset, 0, count);
  std::memset(into, 0, static_cast<std::size_t>(count));
  if (there > 0) std::memcpy(into, bytes.data() + offset, static_cast<std::size_t>(there));
  return there == count ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  return handle(file).disk->write(*handle(file).file, bytes, count, offset);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  return handle(file).disk->truncate(*handle(file).file, size);
}
int sync_file(sqlite3_file* file, int) { return handle(file).disk->sync(*handle(file).file); }
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(handle(file).file->seen.size());
  return SQLITE_OK;
}
int lock_file(sqlite3_file*, int) { return SQLITE_OK; }
int is_reserved(sqlite3_file*, int* result) {
  *result = 0;
  return SQLITE_OK;
}
int control_file(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return 4096; }
int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int map_shared(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
  auto& shared = handle(file).file->shared;
  *memory = nullptr;
  if (static_cast<std::size_t>(size) > kSharedPage) return SQLITE_IOERR_SHMMAP;
  const auto wanted = static_cast<std::size_t>(page) + 1;
  if (shared.size() < wanted && extend == 0) return SQLITE_OK;
  while (shared.size() < wanted) shared.push_back(std::make_unique<std::uint8_t[]>(kSharedPage));
  *memory = shared[wanted - 1].get();
  return SQLITE_OK;
}
int lock_shared(sqlite3_file*, int, int, int) { return SQLITE_OK; }
void barrier(sqlite3_file*) {}
int unmap_shared(sqlite3_file* file, int) {
  handle(file).file->shared.clear();
  return SQLITE_OK;
}

const sqlite3_io_methods& methods() {
  static const sqlite3_io_methods table = [] {
    sqlite3_io_methods m{};
    m.iVersion = 2;
    m.xClose = close_file;
    m.xRead = read_file;
    m.xWrite = write_file;
    m.xTruncate = truncate_file;
    m.xSync = sync_file;
    m.xFileSize = file_size;
    m.xLock = lock_file;
    m.xUnlock = lock_file;
    m.xCheckReservedLock = is_reserved;
    m.xFileControl = control_file;
    m.xSectorSize = sector_size;
    m.xDeviceCharacteristics = characteristics;
    m.xShmMap = map_shared;
    m.xShmLock = lock_shared;
    m.xShmBarrier = barrier;
    m.xShmUnmap = unmap_shared;
    return m;
  }();
  return table;
}

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out) {
  handle(file).base.pMethods = nullptr;
  PowerCutDisk& disk = disk_of(vfs);
  auto* opened = disk.open(path == nullptr ? "temporary" : path, (flags & SQLITE_OPEN_CREATE) != 0);
  if (opened == nullptr) return SQLITE_CANTOPEN;
  handle(file) = {{&methods()}, &disk, opened};
  if (out != nullptr) *out = flags;
  return SQLITE_OK;
}
int remove_file(sqlite3_vfs* vfs, const char* path, int) { return disk_of(vfs).remove(path); }
int access_file(sqlite3_vfs* vfs, const char* path, int, int* result) {
  *result = disk_of(vfs).exists(path) ? 1 : 0;
  return SQLITE_OK;
}
int full_name(sqlite3_vfs*, const char* path, int room, char* into) {
  sqlite3_snprintf(room, into, "%s", path);
  return SQLITE_OK;
}
/// The salts of the log; the same in every test run.
int randomness(sqlite3_vfs*, int count, char* into) {
  static std::mt19937_64 chance(1);
  for (int i = 0; i < count; ++i) into[i] = static_cast<char>(chance());
  return count;
}
int sleep_for(sqlite3_vfs*, int microseconds) { return microseconds; }
int current_time(sqlite3_vfs*, double* julian_days) {
  *julian_days = 2'461'041.5;  // 2026-01-01
  return SQLITE_OK;
}
int last_error(sqlite3_vfs*, int, char*) { return 0; }

/// The sectors of one write that reached the platter.
void apply_torn(const PowerCutDisk::Write& write, std::vector<std::uint8_t>& platter,
                std::mt19937_64& chance) {
  const bool all = chance() % 2 == 0;
  for (std::size_t from = 0; from < write.bytes.size(); from += kSector) {
    if (!all && chance() % 2 == 0) continue;
    const std::size_t to = std::min(from + kSector, write.bytes.size());
    const auto offset = static_cast<std::size_t>(write.offset);
    if (platter.size() < offset + to) platter.resize(offset + to);
    std::copy(write.bytes.begin() + static_cast<std::ptrdiff_t>(from),
              write.bytes.begin() + static_cast<std::ptrdiff_t>(to),
              platter.begin() + static_cast<std::ptrdiff_t>(offset + from));
  }
}

}  // namespace

PowerCutDisk::PowerCutDisk(std::string name) : name_(std::move(name)) {
  vfs_.iVersion = 1;
  vfs_.szOsFile = sizeof(Handle);
  vfs_.mxPathname = 512;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.xOpen = open_file;
  vfs_.xDelete = remove_file;
  vfs_.xAccess = access_file;
  vfs_.xFullPathname = full_name;
  vfs_.xRandomness = randomness;
  vfs_.xSleep = sleep_for;
  vfs_.xCurrentTime = current_time;
  vfs_.xGetLastError = last_error;
  if (sqlite3_vfs_register(&vfs_, 0) != SQLITE_OK) throw std::logic_error("VFS not registered");
}

PowerCutDisk::~PowerCutDisk() { sqlite3_vfs_unregister(&vfs_); }

void PowerCutDisk::cut_at(int operation) { cut_at_ = operations_ + operation; }

void PowerCutDisk::fail_from(int operation, int code) {
  fail_from_ = operations_ + operation;
  fail_code_ = code;
}

int PowerCutDisk::next_operation(bool is_sync) {
  ++operations_;
  if (cut_at_ > 0 && operations_ >= cut_at_) cut_ = true;
  if (cut_) return SQLITE_IOERR;
  if (fail_code_ == 0 || operations_ < fail_from_) return SQLITE_OK;
  return is_sync == (fail_code_ == SQLITE_IOERR_FSYNC) ? fail_code_ : SQLITE_OK;
}

PowerCutDisk::File* PowerCutDisk::open(const std::string& path, bool create) {
  const auto found = files_.find(path);
  if (found != files_.end()) return found->second.get();
  if (!create || cut_) return nullptr;
  return files_.emplace(path, std::make_unique<File>()).first->second.get();
}

int PowerCutDisk::remove(const std::string& path) {
  if (const int code = next_operation(false); code != SQLITE_OK) return code;
  return files_.erase(path) == 1 ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
}

int PowerCutDisk::write(File& file, const void* bytes, int count, std::int64_t offset) {
  const auto* from = static_cast<const std::uint8_t*>(bytes);
  Write write{offset, {from, from + count}};
  const int code = next_operation(false);
  // The write that the power goes in may have reached the platter in part, too.
  if (code == SQLITE_OK || cut_) file.unsynced.push_back(write);
  if (code != SQLITE_OK) return code;
  const auto end = static_cast<std::size_t>(offset) + write.bytes.size();
  if (file.seen.size() < end) file.seen.resize(end);
  std::copy(write.bytes.begin(), write.bytes.end(),
            file.seen.begin() + static_cast<std::ptrdiff_t>(offset));
  return SQLITE_OK;
}

int PowerCutDisk::truncate(File& file, std::int64_t size) {
  if (const int code = next_operation(false); code != SQLITE_OK) return code;
  file.unsynced.push_back({size, {}, true});
  file.seen.resize(static_cast<std::size_t>(size));
  return SQLITE_OK;
}

int PowerCutDisk::sync(File& file) {
  if (const int code = next_operation(true); code != SQLITE_OK) return code;
  file.platter = file.seen;
  file.unsynced.clear();
  return SQLITE_OK;
}

void PowerCutDisk::restart(std::mt19937_64& chance) {
  for (auto& [path, file] : files_) {
    std::shuffle(file->unsynced.begin(), file->unsynced.end(), chance);
    for (const Write& write : file->unsynced) {
      if (chance() % 3 == 0) continue;
      if (write.truncates) {
        file->platter.resize(static_cast<std::size_t>(write.offset));
      } else {
        apply_torn(write, file->platter, chance);
      }
    }
    file->seen = file->platter;
    file->unsynced.clear();
    file->shared.clear();
  }
  cut_ = false;
  cut_at_ = 0;
  fail_code_ = 0;
}

}  // namespace plugrig::test
