#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace plugrig::sqlite {

/// One prepared statement. Values are bound in order with `bind`, rows read by column from 0.
/// Thread rule: that of its database.
class Statement {
 public:
  Statement(sqlite3* database, std::string path, std::string_view sql);

  Statement& bind(std::string_view text);
  Statement& bind(std::int64_t value);
  Statement& bind(double value);
  Statement& bind(std::optional<double> value);

  /// True when there is a row. Throws Fault `store.*`.
  bool step();
  /// Steps to the end; throws Fault `store.*`.
  void run();
  /// Makes the statement ready to be bound and run again.
  void reset();

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] int small(int column) const { return static_cast<int>(integer(column)); }
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::optional<double> optional_real(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  void check(int code);

  sqlite3* database_;
  std::string path_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
};

enum class Access : std::uint8_t { read, write };

/// One connection. Not locked: one thread at a time.
class Database {
 public:
  /// Opens, and with `write` creates, the file. `busy` is how long a call waits for another
  /// process that is writing; `vfs` names the file layer, empty = the library's own. Throws Fault
  /// `store.*`.
  Database(const std::filesystem::path& path, Access access, std::chrono::milliseconds busy,
           const std::string& vfs = {});

  void execute(std::string_view sql);
  Statement prepare(std::string_view sql);
  [[nodiscard]] std::int64_t pragma(std::string_view name);
  [[nodiscard]] std::int64_t last_row() const { return sqlite3_last_insert_rowid(handle_.get()); }
  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// All or nothing: rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  /// Returns when the changes are on the disk.
  void commit();

 private:
  Database& database_;
};

/// Throws the Fault for a failed call: `store.locked`, `store.full`, `store.readonly`,
/// `store.corrupt`, `store.refused`, `store.open` or `store.io`.
[[noreturn]] void fail(sqlite3* handle, int code, const std::string& path);

}  // namespace plugrig::sqlite
