#pragma once

/// The pages of reports, as mustache templates: the files of these names beside this one, made into
/// texts when the build is configured.
namespace plugrig::templates {

extern const char* const unit_report_html;
extern const char* const batch_report_html;
extern const char* const regress_report_html;

}  // namespace plugrig::templates
