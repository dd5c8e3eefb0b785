#include "rig/record/fixture_life.hpp"

#include <chrono>

#include "rig/record/schema.hpp"
#include "rig/record/sqlite.hpp"

namespace plugrig {
namespace {

constexpr std::chrono::milliseconds kBusy{2000};

// A slot may be opened several times for one unit, between its stages with mains.
constexpr const char* kLife = R"sql(
  SELECT coalesce(nullif(a.slot, ''), u.slot) AS place,
    count(DISTINCT CASE WHEN a.step IN ('slot.open', 'mains.enter') AND a.verdict = 'pass'
                        THEN a.unit_id END),
    sum(a.step = 'flash.identify' AND a.attempt = 1),
    sum(a.step = 'flash.identify' AND a.attempt = 1 AND a.verdict = 'pass'),
    sum(a.attempt > 1 AND a.step_index >= 0),
    sum(a.blame IN ('contact', 'fixture')),
    max(a.started_ms)
  FROM attempt a JOIN unit u ON u.unit_id = a.unit_id JOIN run r ON r.run_id = u.run_id
  WHERE r.bench = ? AND a.started_ms >= ?
  GROUP BY place ORDER BY min(a.attempt_id)
)sql";

}  // namespace

std::vector<SlotLife> fixture_life(const std::filesystem::path& path, const std::string& bench,
                                   UtcTime since) {
  sqlite::Database database(path, sqlite::Access::read, kBusy);
  sqlite::prepare_schema(database, sqlite::Access::read);
  sqlite::Statement row = database.prepare(kLife);
  row.bind(bench).bind(since.unix_ms);
  std::vector<SlotLife> slots;
  while (row.step()) {
    slots.push_back({row.text(0), row.small(1), row.small(2), row.small(3), row.small(4),
                     row.small(5), UtcTime{row.integer(6)}});
  }
  return slots;
}

}  // namespace plugrig
