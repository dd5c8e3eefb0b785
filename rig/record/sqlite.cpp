#include "rig/record/sqlite.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "rig/core/fault.hpp"

namespace plugrig::sqlite {
namespace {

struct Explanation {
  int code;  ///< primary result code
  const char* id;
  Blame blame;
  const char* happened;
  const char* next;
};

constexpr std::array<Explanation, 9> kExplanations{{
    {SQLITE_BUSY, "store.locked", Blame::host, "another program holds the record store",
     "Close the other program that writes to this store, or give this run a store of its own."},
    {SQLITE_LOCKED, "store.locked", Blame::host, "another program holds the record store",
     "Close the other program that writes to this store, or give this run a store of its own."},
    {SQLITE_FULL, "store.full", Blame::host, "there is no room left for the record store",
     "Free disk space, then run the unit again."},
    {SQLITE_READONLY, "store.readonly", Blame::host, "the record store cannot be written",
     "Check the owner and the permissions of the file and of its folder."},
    {SQLITE_PERM, "store.readonly", Blame::host, "the record store cannot be written",
     "Check the owner and the permissions of the file and of its folder."},
    {SQLITE_CORRUPT, "store.corrupt", Blame::host, "the record store is damaged",
     "Keep the file for rescue (sqlite3 FILE .recover) and start a new store."},
    {SQLITE_NOTADB, "store.corrupt", Blame::host, "the file is not a record store",
     "Give the path of a record store, or of a file that does not exist yet."},
    {SQLITE_CANTOPEN, "store.open", Blame::host, "the record store cannot be opened",
     "Check that the folder exists and may be written."},
    {SQLITE_CONSTRAINT, "store.refused", Blame::software, "the record store refused an entry",
     "Report this with the text above; the unit must be run again."},
}};

constexpr Explanation kOther{SQLITE_ERROR, "store.io", Blame::host,
                             "the record store cannot be read or written",
                             "Check the disk, then run the unit again."};

bool no_room(int error) { return error == ENOSPC || error == EFBIG || error == EDQUOT; }
bool no_right(int error) { return error == EACCES || error == EPERM || error == EROFS; }

const Explanation& explain(int code, int error) {
  int primary = code & 0xff;
  // The library tells a full disk from other write errors only for ENOSPC.
  if (primary == SQLITE_IOERR && no_room(error)) primary = SQLITE_FULL;
  if (primary == SQLITE_CANTOPEN && no_right(error)) primary = SQLITE_READONLY;
  for (const Explanation& row : kExplanations) {
    if (row.code == primary) return row;
  }
  return kOther;
}

/// The error number behind a failed call. The library keeps it for opening files only at the
/// connection, and for writing at the file, which in WAL mode is the log.
int error_number(sqlite3* handle, int code) {
  const int at_connection = sqlite3_system_errno(handle);
  if (at_connection != 0 || (code & 0xff) != SQLITE_IOERR) return at_connection;
  for (const int which : {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER}) {
    sqlite3_file* file = nullptr;
    if (sqlite3_file_control(handle, "main", which, &file) != SQLITE_OK) continue;
    if (file == nullptr || file->pMethods == nullptr) continue;
    int error = 0;
    if (file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error) != SQLITE_OK) continue;
    if (error != 0) return error;
  }
  return 0;
}

}  // namespace

void fail(sqlite3* handle, int code, const std::string& path) {
  int error = handle != nullptr ? error_number(handle, code) : 0;
  // Where it may not create a file the library looks for one to read, and keeps that error.
  if ((code & 0xff) == SQLITE_CANTOPEN && !no_right(error)) {
    const auto folder = std::filesystem::absolute(path).parent_path();
    if (::access(folder.c_str(), W_OK) != 0 && no_right(errno)) error = errno;
  }
  const std::string detail = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  const Explanation& row = explain(code, error);
  throw Fault(row.id, row.blame, fmt::format("{}: {} ({}).", path, row.happened, detail), row.next,
              {{"sqlite code", std::to_string(code)}, {"errno", std::to_string(error)}});
}

Statement::Statement(sqlite3* database, std::string path, std::string_view sql)
    : database_(database), path_(std::move(path)) {
  sqlite3_stmt* raw = nullptr;
  check(sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &raw, nullptr));
  statement_.reset(raw);
}

void Statement::check(int code) {
  if (code != SQLITE_OK) fail(database_, code, path_);
}

Statement& Statement::bind(std::string_view text) {
  // A view of nothing may hold a null pointer, which SQLite would store as NULL.
  const char* bytes = text.data() == nullptr ? "" : text.data();
  check(sqlite3_bind_text64(statement_.get(), ++bound_, bytes, text.size(),
                            SQLITE_TRANSIENT,  // NOLINT: the library's own cast
                            SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(std::int64_t value) {
  check(sqlite3_bind_int64(statement_.get(), ++bound_, value));
  return *this;
}

Statement& Statement::bind(double value) {
  check(sqlite3_bind_double(statement_.get(), ++bound_, value));
  return *this;
}

Statement& Statement::bind(std::optional<double> value) {
  if (value) return bind(*value);
  check(sqlite3_bind_null(statement_.get(), ++bound_));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  fail(database_, code, path_);
}

void Statement::run() {
  while (step()) {
  }
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  bound_ = 0;
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::string Statement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_.get(), column);
  if (bytes == nullptr) return {};
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return {reinterpret_cast<const char*>(bytes), size};
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

std::optional<double> Statement::optional_real(int column) const {
  if (is_null(column)) return std::nullopt;
  return real(column);
}

Database::Database(const std::filesystem::path& path, Access access, std::chrono::milliseconds busy,
                   const std::string& vfs)
    : path_(path.string()) {
  const int flags = (access == Access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                             : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_NOMUTEX;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path_.c_str(), &raw, flags, vfs.empty() ? nullptr : vfs.c_str());
  handle_.reset(raw);
  if (code != SQLITE_OK) fail(raw, code, path_);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, static_cast<int>(busy.count()));
}

void Database::execute(std::string_view sql) {
  const std::string text(sql);
  const int code = sqlite3_exec(handle_.get(), text.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(handle_.get(), code, path_);
}

Statement Database::prepare(std::string_view sql) { return {handle_.get(), path_, sql}; }

std::int64_t Database::pragma(std::string_view name) {
  Statement statement = prepare(fmt::format("PRAGMA {}", name));
  return statement.step() ? statement.integer(0) : 0;
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (!database_.in_transaction()) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const Fault&) {
    // Nothing was committed; the file rolls back when it is next opened.
    return;
  }
}

void Transaction::commit() { database_.execute("COMMIT"); }

}  // namespace plugrig::sqlite
