#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/unit_report.hpp"

namespace plugrig {

/// Fact by which a step refuses the certificate, with its reason.
inline constexpr std::string_view refused_fact = "certificate_refused";
/// Fact that an engineer overrode a check; its value says which.
inline constexpr std::string_view override_fact = "engineer_override";
/// Fact that the plug that was read was shown to be the plug that was loaded.
inline constexpr std::string_view binding_fact = "binding";

/// The calibration was still valid on `day` (YYYY-MM-DD). `due` is a date or a month (then its last
/// day counts); anything else is not valid.
bool still_valid(std::string_view due, std::string_view day);

/// Why the unit gets no certificate: everything that speaks against it, each reason once, worst
/// first. Looks at the record alone.
std::vector<std::string> certificate_refusals(const UnitReport& report);

}  // namespace plugrig
