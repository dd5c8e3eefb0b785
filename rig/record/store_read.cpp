#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "rig/record/store.hpp"
#include "rig/record/store_state.hpp"

namespace plugrig {
namespace {

using sqlite::Database;
using sqlite::Statement;

constexpr std::array kVerdicts{Verdict::not_run, Verdict::pass,    Verdict::inconclusive,
                               Verdict::fail,    Verdict::aborted, Verdict::error};

/// A word that this program does not know is never read as something better than an error.
Verdict verdict_of(const std::string& text) {
  const auto* found = std::find_if(kVerdicts.begin(), kVerdicts.end(),
                                   [&](Verdict v) { return to_string(v) == text; });
  return found == kVerdicts.end() ? Verdict::error : *found;
}

/// A store that is only read may be of format 1, which knows neither slots of attempts nor facts of
/// runs.
bool of_format_2(Database& database) { return database.pragma("user_version") >= 2; }

void read_texts(Database& database, std::int64_t id, AttemptRecord& attempt) {
  Statement said = database.prepare("SELECT text FROM said WHERE attempt_id = ? ORDER BY number");
  said.bind(id);
  while (said.step()) attempt.said.push_back(said.text(0));
  Statement evidence =
      database.prepare("SELECT name, text FROM evidence WHERE attempt_id = ? ORDER BY number");
  evidence.bind(id);
  while (evidence.step()) attempt.evidence.push_back({evidence.text(0), evidence.text(1)});
}

std::vector<double> read_samples(Database& database, std::int64_t measurement) {
  Statement row =
      database.prepare("SELECT value FROM sample WHERE measurement_id = ? ORDER BY number");
  row.bind(measurement);
  std::vector<double> samples;
  while (row.step()) samples.push_back(row.real(0));
  return samples;
}

void read_measurements(Database& database, std::int64_t id, AttemptRecord& attempt) {
  Statement row = database.prepare(
      "SELECT measurement_id, id, condition, value, expanded_uncertainty, unit, low, high, verdict,"
      " instrument FROM measurement WHERE attempt_id = ? ORDER BY measurement_id");
  row.bind(id);
  while (row.step()) {
    Measurement m;
    m.id = row.text(1);
    m.condition = row.text(2);
    m.value = row.real(3);
    m.expanded_uncertainty = row.optional_real(4);
    m.unit = row.text(5);
    m.low = row.optional_real(6);
    m.high = row.optional_real(7);
    m.verdict = verdict_of(row.text(8));
    m.instrument = row.text(9);
    m.samples = read_samples(database, row.integer(0));
    attempt.measurements.push_back(std::move(m));
  }
}

void read_attachments(Database& database, std::int64_t id, const std::filesystem::path& folder,
                      AttemptRecord& attempt) {
  Statement row = database.prepare(
      "SELECT name, media_type, path, sha256, bytes, sensitive FROM attachment"
      " WHERE attempt_id = ? ORDER BY number");
  row.bind(id);
  while (row.step()) {
    Attachment item;
    item.name = row.text(0);
    item.media_type = row.text(1);
    item.path = (folder / row.text(2)).string();
    item.sha256 = row.text(3);
    item.bytes = static_cast<std::uint64_t>(row.integer(4));
    item.sensitive = row.integer(5) != 0;
    attempt.attachments.push_back(std::move(item));
  }
}

void read_attempts(Database& database, const std::filesystem::path& folder, UnitRecord& unit) {
  Statement row = database.prepare(fmt::format(
      "SELECT attempt_id, stage, step, step_index, attempt, verdict, started_ms, ended_ms,"
      " took_s, fault_id, blame, happened, next, {} FROM attempt WHERE unit_id = ?"
      " ORDER BY attempt_id",
      of_format_2(database) ? "slot" : "''"));
  row.bind(unit.unit_id);
  while (row.step()) {
    AttemptRecord attempt;
    attempt.stage = row.text(1);
    attempt.step = row.text(2);
    attempt.step_index = row.small(3);
    attempt.attempt = row.small(4);
    attempt.verdict = verdict_of(row.text(5));
    attempt.started = {row.integer(6)};
    attempt.ended = {row.integer(7)};
    attempt.took_s = row.real(8);
    attempt.fault_id = row.text(9);
    attempt.blame = row.text(10);
    attempt.happened = row.text(11);
    attempt.next = row.text(12);
    attempt.slot = row.text(13);
    read_texts(database, row.integer(0), attempt);
    read_measurements(database, row.integer(0), attempt);
    read_attachments(database, row.integer(0), folder, attempt);
    unit.attempts.push_back(std::move(attempt));
  }
}

void read_facts(Database& database, UnitRecord& unit) {
  Statement row = database.prepare("SELECT name, value FROM fact WHERE unit_id = ?");
  row.bind(unit.unit_id);
  while (row.step()) unit.facts[row.text(0)] = row.text(1);
}

std::map<std::string, std::string, std::less<>> read_run_facts(Database& database,
                                                               const std::string& run) {
  Statement row = database.prepare("SELECT name, value FROM run_fact WHERE run_id = ?");
  row.bind(run);
  std::map<std::string, std::string, std::less<>> facts;
  while (row.step()) facts[row.text(0)] = row.text(1);
  return facts;
}

constexpr const char* kUnitColumns =
    "SELECT u.unit_id, u.run_id, u.slot, run.sequence, run.bench, u.verdict, u.first_pass,"
    " u.started_ms, u.ended_ms, u.number FROM unit u JOIN run USING (run_id)";

UnitRecord read_unit_row(const Statement& row) {
  UnitRecord unit;
  unit.unit_id = row.text(0);
  unit.run_id = row.text(1);
  unit.slot = row.text(2);
  unit.sequence = row.text(3);
  unit.bench = row.text(4);
  // Begun and never finished: whatever its attempts say, this unit was interrupted.
  unit.verdict = row.is_null(5) ? Verdict::aborted : verdict_of(row.text(5));
  unit.first_pass = row.integer(6) != 0;
  unit.started = {row.integer(7)};
  if (!row.is_null(8)) unit.ended = UtcTime{row.integer(8)};
  return unit;
}

std::vector<UnitRecord> read_units(Database& database, const std::filesystem::path& folder,
                                   Statement row) {
  std::vector<UnitRecord> units;
  while (row.step()) units.push_back(read_unit_row(row));
  for (UnitRecord& unit : units) {
    read_facts(database, unit);
    read_attempts(database, folder, unit);
  }
  return units;
}

}  // namespace

UnitRecord RecordStore::unit(const std::string& unit_id) const {
  const std::scoped_lock guard(state_->lock);
  Statement row = state_->database.prepare(fmt::format("{} WHERE u.unit_id = ?", kUnitColumns));
  row.bind(unit_id);
  std::vector<UnitRecord> units = read_units(state_->database, state_->folder, std::move(row));
  if (!units.empty()) return std::move(units.front());
  throw Fault("store.unknown_unit", Blame::config,
              fmt::format("{} has no unit {}.", state_->file.string(), unit_id),
              "Look the unit's id up with 'plugrig list'.");
}

std::vector<UnitRecord> RecordStore::units_of(const std::string& run) const {
  const std::scoped_lock guard(state_->lock);
  Statement row = state_->database.prepare(
      fmt::format("{} WHERE u.run_id = ? ORDER BY u.number", kUnitColumns));
  row.bind(run);
  return read_units(state_->database, state_->folder, std::move(row));
}

std::vector<UnitRecord> RecordStore::last_units(std::size_t limit) const {
  const std::scoped_lock guard(state_->lock);
  Statement row = state_->database.prepare(fmt::format(
      "SELECT * FROM ({} ORDER BY u.number DESC LIMIT ?) ORDER BY number", kUnitColumns));
  row.bind(static_cast<std::int64_t>(limit));
  return read_units(state_->database, state_->folder, std::move(row));
}

std::vector<RunRecord> RecordStore::runs() const {
  const std::scoped_lock guard(state_->lock);
  Statement row = state_->database.prepare(
      "SELECT run_id, sequence, bench, software, started_ms,"
      " (SELECT count(*) FROM unit WHERE unit.run_id = run.run_id), ended_ms"
      " FROM run ORDER BY number");
  std::vector<RunRecord> runs;
  while (row.step()) {
    runs.push_back({row.text(0),
                    {row.text(1), row.text(2), row.text(3), UtcTime{row.integer(4)}},
                    row.small(5)});
    if (!row.is_null(6)) runs.back().ended = UtcTime{row.integer(6)};
  }
  if (of_format_2(state_->database)) {
    for (RunRecord& run : runs) run.info.facts = read_run_facts(state_->database, run.run_id);
  }
  return runs;
}

std::vector<SeenUnit> RecordStore::seen_units(std::string_view serial, std::string_view mac) {
  const std::scoped_lock guard(state_->lock);
  Statement row = state_->database.prepare(
      "SELECT u.unit_id, u.run_id, run.sequence, coalesce(s.value, ''), coalesce(m.value, ''),"
      " u.verdict FROM unit u JOIN run USING (run_id)"
      " LEFT JOIN fact s ON s.unit_id = u.unit_id AND s.name = 'serial'"
      " LEFT JOIN fact m ON m.unit_id = u.unit_id AND m.name = 'mac'"
      " WHERE ((?1 <> '' AND s.value = ?1) OR (?2 <> '' AND m.value = ?2))"
      " AND NOT EXISTS (SELECT 1 FROM fact r WHERE r.unit_id = u.unit_id"
      " AND r.name = 'serial_released')"
      " ORDER BY u.number DESC");
  row.bind(serial).bind(mac);
  std::vector<SeenUnit> seen;
  while (row.step()) {
    seen.push_back({row.text(0), row.text(1), row.text(2), row.text(3), row.text(4),
                    row.is_null(5) ? Verdict::aborted : verdict_of(row.text(5)), !row.is_null(5)});
  }
  return seen;
}

std::optional<UtcTime> RecordStore::last_recorded() {
  const std::scoped_lock guard(state_->lock);
  Statement row = state_->database.prepare(
      "SELECT max(newest) FROM (SELECT max(started_ms) AS newest FROM run"
      " UNION ALL SELECT max(started_ms) FROM unit UNION ALL SELECT max(ended_ms) FROM attempt)");
  if (!row.step() || row.is_null(0)) return std::nullopt;
  return UtcTime{row.integer(0)};
}

}  // namespace plugrig
