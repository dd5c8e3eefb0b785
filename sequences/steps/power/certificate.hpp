#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/clock.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::steps {

/// Largest share of a point's plug readings that may be left out because the reference had none
/// near them. One late answer in ten readings says nothing of the nine; where more are missing,
/// those that are left may be a choice (answers come late when something else happens on the
/// bench), and their mean and scatter need no longer be those of the point.
inline constexpr double kMostUnpaired = 0.10;

/// What a certificate rests on.
struct CertificateState {
  UtcTime now;
  std::chrono::minutes local_offset{0};  ///< local time less UTC
  std::optional<UtcTime> last_recorded;  ///< start of the newest earlier record
  std::string reference_number;          ///< of the reference's certificate; empty = unknown
  std::string reference_due;             ///< ISO date or YYYY-MM; empty = unknown
  bool binding_shown = false;
  bool overridden = false;  ///< an engineer overrode a check of this unit
  bool complete = true;     ///< every point and quantity that was asked for is there
  /// Largest share, at any point, of plug readings without a reference reading near them.
  double unpaired_share = 0;
  double minimum_tur = 1;
  std::optional<double> lowest_tur;  ///< of all decided points; empty = nothing decided
};

/// Why no certificate may be given.
struct Refusal {
  std::string id;  ///< "certificate.reference_overdue", …
  Blame blame;
  std::string why;
  std::string next;
};

/// All reasons, none = a certificate may be given (design.md §7 rule 6).
std::vector<Refusal> certificate_refusals(const CertificateState& state);

/// Those of them by which the readings themselves are not worth anything, certificate or not:
/// incomplete, stale, or of another plug.
std::vector<Refusal> result_refusals(const CertificateState& state);

/// First moment at which a reference with this due date is overdue: the end of that day, local
/// time; of the month's last day for YYYY-MM. Nothing for a text that is no date.
std::optional<UtcTime> overdue_from(const std::string& due, std::chrono::minutes local_offset);

/// What to tell the operator when the reference falls due within 30 days.
std::optional<std::string> due_warning(const CertificateState& state);

/// The refusals as one fault: the first one's id, the others as evidence.
Fault refusal_fault(const std::vector<Refusal>& refusals);

}  // namespace plugrig::steps
