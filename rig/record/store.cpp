#include "rig/record/store.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cmath>

#include "rig/core/digest.hpp"
#include "rig/record/attachment_files.hpp"
#include "rig/record/schema.hpp"
#include "rig/record/store_state.hpp"

namespace plugrig {
namespace {

using sqlite::Access;
using sqlite::Database;
using sqlite::Statement;
using sqlite::Transaction;

/// A unit leaves its flash backup (1 MiB), its record and what SQLite keeps beside it meanwhile.
constexpr std::size_t kRoomForAUnit = std::size_t{2} << 20U;

std::filesystem::path beside(const std::filesystem::path& file) {
  std::filesystem::path folder = file;
  folder += ".files";
  return folder;
}

/// `20260101-093000-0001`: sorts by time, and is unique in its store.
std::string run_id(UtcTime started, std::int64_t number) {
  std::string digits;
  for (const char c : to_iso8601(started)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return fmt::format("{}-{}-{:04}", digits.substr(0, 8), digits.substr(8, 6), number);
}

void insert_texts(Database& database, std::int64_t attempt, const std::vector<std::string>& said) {
  std::int64_t number = 0;
  for (const std::string& text : said) {
    database.prepare("INSERT INTO said VALUES (?, ?, ?)")
        .bind(attempt)
        .bind(number++)
        .bind(text)
        .run();
  }
}

void insert_evidence(Database& database, std::int64_t attempt,
                     const std::vector<Evidence>& evidence) {
  std::int64_t number = 0;
  for (const Evidence& item : evidence) {
    database.prepare("INSERT INTO evidence VALUES (?, ?, ?, ?)")
        .bind(attempt)
        .bind(number++)
        .bind(item.name)
        .bind(item.text)
        .run();
  }
}

void insert_measurement(Database& database, std::int64_t attempt, const Measurement& m) {
  database
      .prepare(
          "INSERT INTO measurement (attempt_id, id, condition, value, expanded_uncertainty, unit,"
          " low, high, verdict, instrument) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(attempt)
      .bind(m.id)
      .bind(m.condition)
      .bind(m.value)
      .bind(m.expanded_uncertainty)
      .bind(m.unit)
      .bind(m.low)
      .bind(m.high)
      .bind(to_string(m.verdict))
      .bind(m.instrument)
      .run();
  const std::int64_t measurement = database.last_row();
  std::int64_t number = 0;
  for (const double value : m.samples) {
    database.prepare("INSERT INTO sample VALUES (?, ?, ?)")
        .bind(measurement)
        .bind(number++)
        .bind(value)
        .run();
  }
}

void insert_attachments(Database& database, std::int64_t attempt,
                        const std::filesystem::path& folder,
                        const std::vector<Attachment>& attachments) {
  std::int64_t number = 0;
  for (const Attachment& item : attachments) {
    database.prepare("INSERT INTO attachment VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(attempt)
        .bind(number++)
        .bind(item.name)
        .bind(item.media_type)
        // Relative, so that store and files can be moved together.
        .bind(std::filesystem::path(item.path).lexically_relative(folder).string())
        .bind(item.sha256)
        .bind(static_cast<std::int64_t>(item.bytes))
        .bind(std::int64_t{item.sensitive ? 1 : 0})
        .run();
  }
}

std::int64_t insert_attempt(Database& database, const std::string& unit_id,
                            const AttemptRecord& a) {
  database
      .prepare(
          "INSERT INTO attempt (unit_id, step_index, attempt, stage, step, verdict, started_ms,"
          " ended_ms, took_s, fault_id, blame, happened, next, slot)"
          " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(unit_id)
      .bind(std::int64_t{a.step_index})
      .bind(std::int64_t{a.attempt})
      .bind(a.stage)
      .bind(a.step)
      .bind(to_string(a.verdict))
      .bind(a.started.unix_ms)
      .bind(a.ended.unix_ms)
      .bind(a.took_s)
      .bind(a.fault_id)
      .bind(a.blame)
      .bind(a.happened)
      .bind(a.next)
      .bind(a.slot)
      .run();
  return database.last_row();
}

/// SQLite would store a number that is none as NULL, and read it back as 0.
void refuse_no_number(const AttemptRecord& attempt) {
  for (const Measurement& m : attempt.measurements) {
    bool finite = std::isfinite(m.value);
    for (const double sample : m.samples) finite = finite && std::isfinite(sample);
    if (finite) continue;
    throw Fault("store.refused", Blame::software,
                fmt::format("Measurement {} holds something that is not a number.", m.id),
                "Report this; a reading that failed must be a fault, not a value.");
  }
}

}  // namespace

std::optional<FileIdentity> identity_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return FileIdentity{status.st_dev, status.st_ino};
}

RecordStore::State::State(const std::filesystem::path& path, const StoreOptions& options)
    : file(path),
      folder(beside(path)),
      database(path, options.read_only ? Access::read : Access::write, options.busy, options.vfs) {
  sqlite::prepare_schema(database, options.read_only ? Access::read : Access::write);
  if (options.max_pages > 0) {
    database.execute(fmt::format("PRAGMA max_page_count = {}", options.max_pages));
  }
  if (options.vfs.empty()) opened_ = identity_of(file);
}

void RecordStore::State::check_in_place() const {
  if (!opened_ || identity_of(file) == opened_) return;
  throw Fault("store.vanished", Blame::host,
              fmt::format("{}: the record store is not in its place any more.", file.string()),
              "Bring the disk or folder back under its name, then run the unit again.");
}

RecordStore::RecordStore(const std::filesystem::path& path, const StoreOptions& options)
    : state_(std::make_unique<State>(path, options)) {}

RecordStore::~RecordStore() = default;

const std::filesystem::path& RecordStore::path() const { return state_->file; }

void RecordStore::prove_writable() {
  const std::scoped_lock guard(state_->lock);
  state_->check_in_place();
  Database& database = state_->database;
  Transaction transaction(database);
  // A row that exists, so that a page really goes to the disk.
  database
      .prepare("UPDATE run SET software = software WHERE number = (SELECT max(number) FROM run)")
      .run();
  transaction.commit();
  const auto file = std::filesystem::absolute(state_->file);
  const std::vector<std::uint8_t> room(kRoomForAUnit, 0xFF);
  std::filesystem::remove(
      write_new_file(file.parent_path(), file.filename().string() + ".room", room, false));
}

std::string RecordStore::begin_run(const RunInfo& info) {
  const std::scoped_lock guard(state_->lock);
  state_->check_in_place();
  Database& database = state_->database;
  Transaction transaction(database);
  Statement last = database.prepare("SELECT coalesce(max(number), 0) FROM run");
  const std::int64_t number = last.step() ? last.integer(0) + 1 : 1;
  last.reset();
  std::string id = run_id(info.started, number);
  database
      .prepare(
          "INSERT INTO run (run_id, number, sequence, bench, software, started_ms)"
          " VALUES (?, ?, ?, ?, ?, ?)")
      .bind(id)
      .bind(number)
      .bind(info.sequence)
      .bind(info.bench)
      .bind(info.software)
      .bind(info.started.unix_ms)
      .run();
  for (const auto& [name, value] : info.facts) {
    database.prepare("INSERT INTO run_fact VALUES (?, ?, ?)").bind(id).bind(name).bind(value).run();
  }
  transaction.commit();
  return id;
}

void RecordStore::end_run(const std::string& run, UtcTime ended) {
  const std::scoped_lock guard(state_->lock);
  state_->check_in_place();
  Transaction transaction(state_->database);
  state_->database.prepare("UPDATE run SET ended_ms = ? WHERE run_id = ?")
      .bind(ended.unix_ms)
      .bind(run)
      .run();
  transaction.commit();
}

void RecordStore::begin_unit(const UnitStart& unit) {
  const std::scoped_lock guard(state_->lock);
  state_->check_in_place();
  Database& database = state_->database;
  Transaction transaction(database);
  database.prepare("INSERT INTO unit (unit_id, run_id, slot, started_ms) VALUES (?, ?, ?, ?)")
      .bind(unit.unit_id)
      .bind(unit.run_id)
      .bind(unit.slot)
      .bind(unit.started.unix_ms)
      .run();
  for (const RequiredStep& step : unit.required) {
    database.prepare("INSERT INTO required_step VALUES (?, ?, ?, ?)")
        .bind(unit.unit_id)
        .bind(std::int64_t{step.step_index})
        .bind(step.stage)
        .bind(step.step)
        .run();
  }
  transaction.commit();
}

void RecordStore::append_attempt(const std::string& unit_id, const AttemptRecord& attempt) {
  refuse_no_number(attempt);
  const std::scoped_lock guard(state_->lock);
  state_->check_in_place();
  Database& database = state_->database;
  Transaction transaction(database);
  const std::int64_t id = insert_attempt(database, unit_id, attempt);
  insert_texts(database, id, attempt.said);
  insert_evidence(database, id, attempt.evidence);
  for (const Measurement& m : attempt.measurements) insert_measurement(database, id, m);
  insert_attachments(database, id, state_->folder, attempt.attachments);
  transaction.commit();
}

void RecordStore::set_fact(const std::string& unit_id, std::string_view name,
                           std::string_view value) {
  const std::scoped_lock guard(state_->lock);
  state_->check_in_place();
  Transaction transaction(state_->database);
  state_->database
      .prepare(
          "INSERT INTO fact (unit_id, name, value) VALUES (?, ?, ?)"
          " ON CONFLICT (unit_id, name) DO UPDATE SET value = excluded.value")
      .bind(unit_id)
      .bind(name)
      .bind(value)
      .run();
  transaction.commit();
}

Attachment RecordStore::keep_file(const std::string& unit_id, std::string_view name,
                                  std::string_view media_type, std::span<const std::uint8_t> bytes,
                                  bool sensitive) {
  state_->check_in_place();
  const std::filesystem::path folder = state_->folder / as_file_name(unit_id);
  make_folder(state_->file.parent_path(), folder);
  const std::filesystem::path path = write_new_file(folder, as_file_name(name), bytes, sensitive);
  return {std::string(name), std::string(media_type),
          path.string(),     sha256_hex(bytes),
          bytes.size(),      sensitive};
}

void RecordStore::finish_unit(const std::string& unit_id, const UnitEnd& end) {
  const std::scoped_lock guard(state_->lock);
  state_->check_in_place();
  Database& database = state_->database;
  Transaction transaction(database);
  Statement update = database.prepare(
      "UPDATE unit SET verdict = ?, first_pass = ?, ended_ms = ? WHERE unit_id = ?"
      " RETURNING unit_id");
  update.bind(to_string(end.verdict))
      .bind(std::int64_t{end.first_pass ? 1 : 0})
      .bind(end.ended.unix_ms)
      .bind(unit_id);
  if (!update.step()) {
    throw Fault("store.refused", Blame::software,
                fmt::format("Unit {} was never begun in this store.", unit_id),
                "Report this; the unit must be run again.");
  }
  update.run();
  transaction.commit();
}

}  // namespace plugrig
