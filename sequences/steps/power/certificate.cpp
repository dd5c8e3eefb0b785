#include "sequences/steps/power/certificate.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

namespace plugrig::steps {
namespace {

using namespace std::chrono;

constexpr days kWarnBefore{30};

/// The number at `text[from, from + length)` when all of it is digits.
std::optional<unsigned> digits(const std::string& text, std::size_t from, std::size_t length) {
  if (from + length > text.size()) return std::nullopt;
  unsigned value = 0;
  const char* begin = text.data() + from;
  const auto [end, error] = std::from_chars(begin, begin + length, value);
  if (error != std::errc{} || end != begin + length) return std::nullopt;
  return value;
}

/// YYYY-MM-DD, or the last day of YYYY-MM.
std::optional<year_month_day> date_of(const std::string& text) {
  constexpr std::size_t whole_date = 10;
  constexpr std::size_t month_only = 7;
  if (text.size() != whole_date && text.size() != month_only) return std::nullopt;
  const auto y = digits(text, 0, 4);
  const auto m = digits(text, 5, 2);
  if (!y || !m || text[4] != '-') return std::nullopt;
  const auto in_month = year{static_cast<int>(*y)} / month{*m};
  if (!in_month.ok()) return std::nullopt;
  if (text.size() == month_only) return year_month_day{in_month / last};
  const auto d = digits(text, 8, 2);
  if (!d || text[7] != '-') return std::nullopt;
  const year_month_day date = in_month / day{*d};
  return date.ok() ? std::optional(date) : std::nullopt;
}

void refuse_reference(const CertificateState& state, std::vector<Refusal>& all) {
  const std::string next = "Have the reference calibrated, or enter its new certificate.";
  if (state.reference_number.empty()) {
    all.push_back({"certificate.reference_overdue", Blame::instrument,
                   "the reference has no certificate number", next});
    return;
  }
  const auto from = overdue_from(state.reference_due, state.local_offset);
  if (!from) {
    all.push_back({"certificate.reference_overdue", Blame::instrument,
                   "the reference's due date is unknown", next});
  } else if (state.now.unix_ms >= from->unix_ms) {
    all.push_back({"certificate.reference_overdue", Blame::instrument,
                   fmt::format("the reference is overdue since {}", state.reference_due), next});
  }
}

void refuse_clock(const CertificateState& state, std::vector<Refusal>& all) {
  if (!state.last_recorded || state.now.unix_ms >= state.last_recorded->unix_ms) return;
  all.push_back({"certificate.clock_behind", Blame::host,
                 fmt::format("the clock reads {}, which is before the last record, {}",
                             to_iso8601(state.now), to_iso8601(*state.last_recorded)),
                 "Set the host's clock right."});
}

void refuse_binding(const CertificateState& state, std::vector<Refusal>& all) {
  if (!state.binding_shown)
    all.push_back({"certificate.binding", Blame::fixture,
                   "it was not shown that the plug that is read is the plug that is loaded",
                   "Run the unit again from plug.join."});
}

void refuse_override(const CertificateState& state, std::vector<Refusal>& all) {
  if (state.overridden)
    all.push_back({"certificate.override", Blame::operator_, "a check of this unit was overridden",
                   "Run the unit without the override."});
}

void refuse_data(const CertificateState& state, std::vector<Refusal>& all) {
  if (!state.complete)
    all.push_back({"certificate.incomplete", Blame::instrument,
                   "not every point has a result for every quantity that has a limit",
                   "Use a reference that measures them, or give no limit for them."});
  if (state.unpaired_share > kMostUnpaired)
    all.push_back({"certificate.stale_sample", Blame::instrument,
                   fmt::format("{:.0f} % of the plug's readings at one load point have no reading "
                               "of the reference near them, and {:.0f} % is the most",
                               100 * state.unpaired_share, 100 * kMostUnpaired),
                   "Look at the reference's bus and refresh time; then run the unit again."});
}

void refuse_tur(const CertificateState& state, std::vector<Refusal>& all) {
  if (state.lowest_tur && *state.lowest_tur < state.minimum_tur)
    all.push_back({"certificate.tur", Blame::config,
                   fmt::format("the test uncertainty ratio is {:.2f}, and the sequence asks for "
                               "{:.2f}",
                               *state.lowest_tur, state.minimum_tur),
                   "Use a better reference or range, a wider limit, or a smaller minimum_tur."});
}

}  // namespace

std::optional<UtcTime> overdue_from(const std::string& due, minutes local_offset) {
  const auto date = date_of(due);
  if (!date) return std::nullopt;
  const auto end_of_day = sys_days{*date} + days{1} - local_offset;
  return UtcTime{duration_cast<milliseconds>(end_of_day.time_since_epoch()).count()};
}

std::vector<Refusal> certificate_refusals(const CertificateState& state) {
  std::vector<Refusal> all;
  refuse_reference(state, all);
  refuse_clock(state, all);
  refuse_binding(state, all);
  refuse_override(state, all);
  refuse_data(state, all);
  refuse_tur(state, all);
  return all;
}

std::vector<Refusal> result_refusals(const CertificateState& state) {
  std::vector<Refusal> all;
  refuse_binding(state, all);
  refuse_data(state, all);
  return all;
}

std::optional<std::string> due_warning(const CertificateState& state) {
  const auto from = overdue_from(state.reference_due, state.local_offset);
  if (!from) return std::nullopt;
  const auto left = milliseconds{from->unix_ms - state.now.unix_ms};
  if (left <= milliseconds{0} || left > kWarnBefore) return std::nullopt;
  return fmt::format("The reference is due on {}: in {} days no certificate can be given.",
                     state.reference_due, duration_cast<days>(left).count());
}

Fault refusal_fault(const std::vector<Refusal>& refusals) {
  if (refusals.empty()) throw std::logic_error("no refusal to report");
  const auto& first = refusals.front();
  std::vector<Evidence> others;
  for (std::size_t i = 1; i < refusals.size(); ++i)
    others.push_back({refusals[i].id, refusals[i].why});
  return {first.id, first.blame, fmt::format("No certificate: {}.", first.why), first.next,
          std::move(others)};
}

}  // namespace plugrig::steps
