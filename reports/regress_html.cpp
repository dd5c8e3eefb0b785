#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <kainjow/mustache.hpp>
#include <utility>

#include "reports/clean_text.hpp"
#include "reports/display.hpp"
#include "reports/regress_plot.hpp"
#include "reports/regress_report.hpp"
#include "reports/regress_rows.hpp"
#include "reports/templates/pages.hpp"

namespace plugrig {
namespace {

using kainjow::mustache::data;
using regress::Category;
using regress::Change;

data object_of(std::initializer_list<std::pair<const char*, std::string>> fields) {
  data object{data::type::object};
  // Texts come from plugs and people: the template escapes, this makes them valid.
  for (const auto& [name, value] : fields) object.set(name, clean_text(value));
  return object;
}

data builds_of(const regress::Comparison& comparison) {
  data list{data::type::list};
  for (std::size_t i = 0; i < comparison.builds.size(); ++i) {
    const auto& build = comparison.builds[i];
    const auto& counts = comparison.counts.at(i);
    list.push_back(object_of({{"role", i == 0 ? "baseline" : "candidate"},
                              {"name", build.name},
                              {"version", build.version},
                              {"digest", build.digest},
                              {"trials", std::to_string(counts.all())},
                              {"failed", std::to_string(counts.unit_failed)},
                              {"faults", std::to_string(counts.rig_fault)},
                              {"aborted", std::to_string(counts.aborted)}}));
  }
  return list;
}

std::string why_of(const regress::CheckDecision& check) {
  auto text = check.reason;
  if (!check.happened.empty()) text += (text.empty() ? "" : ": ") + check.happened;
  if (!check.fault_id.empty()) text += " [" + check.fault_id + "]";
  if (check.quarantine)
    text += fmt::format(" {}; {} until {}: {}", to_string(check.change), check.quarantine->owner,
                        check.quarantine->expires, check.quarantine->reason);
  return text;
}

/// Those that are `plain`, or the others.
data checks_of(const regress::CandidateResult& candidate, bool plain) {
  data list{data::type::list};
  for (const auto* check : sorted_checks(candidate)) {
    if (is_plain(*check) != plain) continue;
    list.push_back(
        object_of({{"step", check->step},
                   {"before", passes_text(check->baseline_passed, check->baseline_failed)},
                   {"after", passes_text(check->candidate_passed, check->candidate_failed)},
                   {"word", word_of(*check)},
                   {"check_mark", mark_of_change(check->change, check->quarantine.has_value())},
                   {"why", why_of(*check)}}));
  }
  return list;
}

data quantities_of(const std::vector<RegressRow>& rows) {
  data list{data::type::list};
  for (const auto& row : rows) {
    auto object = object_of({{"quantity", row.name},
                             {"before", row.baseline},
                             {"after", row.candidate},
                             {"difference", row.difference},
                             {"margin", row.margin},
                             {"word", row.word},
                             {"quantity_mark", row.mark}});
    object.set("why", row.reason.empty() ? data(false) : data(clean_text(row.reason)));
    object.set("svg", interval_plot_svg(*row.quantity));
    list.push_back(object);
  }
  return list;
}

/// By unit, in the order of the table: what changed comes first.
data plots_of(const std::vector<RegressRow>& rows) {
  data list{data::type::list};
  for (const auto& row : rows) {
    auto svg = unit_plot_svg(*row.quantity);
    if (svg.empty()) continue;
    auto object = object_of({{"quantity", row.name}});
    object.set("svg", std::move(svg));
    list.push_back(object);
  }
  return list;
}

std::string method_of(const regress::Comparison& comparison) {
  const auto& sure = comparison.confidence;
  return fmt::format(
      "Differences are candidate less baseline in the same block on the same unit; {} units, {} "
      "blocks. Thick: {:g} % confidence; wholly inside the margin means the same. Thin: the "
      "interval "
      "for a risk of {:.2g} % a quantity; wholly beyond the margin on the bad side, over all units "
      "or on one, means worse. It is so wide because many quantities are looked at: with equal "
      "builds any quantity is called worse in at most {:g} % of comparisons.",
      comparison.units, comparison.blocks, 100 * (1 - 2 * sure.same_risk),
      100 * comparison.alarm_risk, 100 * sure.family_risk);
}

std::string mark_of(Category category) {
  if (category == Category::regression) return "bad";
  return category == Category::good ? "good" : "other";
}

data candidates_of(const regress::Comparison& comparison) {
  data list{data::type::list};
  for (const auto& candidate : comparison.candidates) {
    const auto rows = rows_of(candidate);
    auto object = object_of(
        {{"name", build_text(comparison.builds.at(static_cast<std::size_t>(candidate.build)))},
         {"baseline", build_text(comparison.builds.front())},
         {"mark", mark_of(candidate.category)},
         {"verdict", verdict_text(candidate)},
         {"method", method_of(comparison)}});
    const auto plain = std::ranges::count_if(candidate.checks, is_plain);
    object.set("has_checks", plain < std::ssize(candidate.checks));
    object.set("checks", checks_of(candidate, false));
    object.set("has_plain", plain > 0);
    object.set("plain", checks_of(candidate, true));
    object.set("has_quantities", !rows.empty());
    object.set("quantities", quantities_of(rows));
    object.set("plots", plots_of(rows));
    list.push_back(object);
  }
  return list;
}

data expired_of(const regress::Comparison& comparison) {
  data list{data::type::list};
  for (const auto& entry : comparison.expired)
    list.push_back(object_of({{"pattern", entry.pattern},
                              {"expires", entry.expires},
                              {"owner", entry.owner},
                              {"reason", entry.reason}}));
  return list;
}

}  // namespace

std::string regress_html(const regress::Comparison& comparison, const RegressInfo& info) {
  auto page =
      object_of({{"title", info.title},
                 {"about", fmt::format("{} on {}, begun {}, in {:.0f} min", info.sequence,
                                       info.bench, time_text(info.started), info.duration_s / 60)},
                 {"footer", info.software}});
  page.set("organisation",
           info.organisation.empty() ? data(false) : data(clean_text(info.organisation)));
  page.set("simulated", info.simulated);
  page.set("builds", builds_of(comparison));
  page.set("candidates", candidates_of(comparison));
  page.set("has_expired", !comparison.expired.empty());
  page.set("expired", expired_of(comparison));
  kainjow::mustache::mustache page_template(templates::regress_report_html);
  return page_template.render(page);
}

}  // namespace plugrig
