#include "rig/cli/commands/service_due.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <ostream>

#include "rig/core/fault.hpp"

namespace plugrig::cli {
namespace {

/// "2026-03-01", 00:00 UTC.
std::optional<UtcTime> day_of(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int used = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &year, &month, &day, &used) != 3 ||
      static_cast<std::size_t>(used) != text.size() || text.size() != 10)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  if (!date.ok()) return std::nullopt;
  const auto since = std::chrono::sys_days{date}.time_since_epoch();
  return UtcTime{std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

}  // namespace

UtcTime counted_since(const bench::BenchSpec& bench) {
  if (bench.serviced.empty()) return {};
  if (const auto day = day_of(bench.serviced)) return *day;
  throw UsageError(
      fmt::format("{}: 'serviced: {}' is no date such as 2026-03-01", bench.file, bench.serviced));
}

std::vector<std::string> service_due(const bench::BenchSpec& bench,
                                     const std::vector<SlotLife>& slots) {
  std::vector<std::string> due;
  if (!bench.service_after) return due;
  for (const auto& slot : slots)
    if (slot.insertions >= *bench.service_after)
      due.push_back(fmt::format(
          "Slot {}: {} insertions{}; service is due after {}. Change its contacts, then put the "
          "date "
          "into the bench file (serviced:).",
          slot.slot, slot.insertions, bench.serviced.empty() ? "" : " since " + bench.serviced,
          *bench.service_after));
  return due;
}

void warn_of_service(const bench::BenchSpec& bench, const std::filesystem::path& store,
                     Console& console) {
  if (!bench.service_after) return;
  try {
    for (const auto& text :
         service_due(bench, fixture_life(store, bench.name, counted_since(bench))))
      console.err << "warning: " << text << "\n";
  } catch (const Fault&) {
    return;
  }
}

}  // namespace plugrig::cli
