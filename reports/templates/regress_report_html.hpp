#pragma once

namespace plugrig::templates {

/// The page of a comparison, as a mustache template: reports/templates/regress_report.html.
extern const char* const regress_report_html;

}  // namespace plugrig::templates
