#pragma once

namespace plugrig::templates {

/// The page of a batch, as a mustache template: reports/templates/batch_report.html.
extern const char* const batch_report_html;

}  // namespace plugrig::templates
