#pragma once

namespace plugrig::templates {

/// The page of a unit, as a mustache template: reports/templates/unit_report.html.
extern const char* const unit_report_html;

}  // namespace plugrig::templates
