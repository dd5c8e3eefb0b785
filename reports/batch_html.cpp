#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <kainjow/mustache.hpp>
#include <set>

#include "reports/batch_histogram.hpp"
#include "reports/batch_summary.hpp"
#include "reports/clean_text.hpp"
#include "reports/display.hpp"
#include "reports/templates/pages.hpp"
#include "rig/metrology/statistics.hpp"
#include "rig/record/attempts.hpp"

namespace plugrig {
namespace {

using kainjow::mustache::data;

constexpr const char* kDash = "–";

/// Texts of records come from plugs and people: the template escapes, this makes them valid.
void set(data& object, const std::string& name, std::string_view text) {
  object.set(name, clean_text(text));
}

data object_of(std::initializer_list<std::pair<const char*, std::string>> fields) {
  data object{data::type::object};
  for (const auto& [name, value] : fields) set(object, name, value);
  return object;
}

std::string mark_of(std::string_view word) {
  return word == "PASS" ? "good" : word == "FAIL" ? "bad" : "other";
}

std::string duration_text(double seconds) {
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

data figures_of(const BatchSummary& summary) {
  const auto& yield = summary.yield;
  const auto share = yield.first_pass_yield();
  data list{data::type::list};
  list.push_back(object_of({{"value", std::to_string(yield.records())}, {"name", "units run"}}));
  list.push_back(object_of({{"value", std::to_string(yield.pass())}, {"name", "PASS"}}));
  list.push_back(object_of({{"value", std::to_string(yield.fail())}, {"name", "FAIL"}}));
  list.push_back(object_of(
      {{"value", share ? fmt::format("{:.1f} %", *share * 100) : kDash},
       {"name", fmt::format("first-pass yield, {} of {}", yield.first_passed(), yield.judged())}}));
  list.push_back(object_of(
      {{"value", summary.units_per_hour ? fmt::format("{:.1f}", *summary.units_per_hour) : kDash},
       {"name", "units per hour"}}));
  return list;
}

data verdicts_of(const BatchSummary& summary) {
  data list{data::type::list};
  for (const auto* word :
       {"PASS", "FAIL", "RIG FAULT", "NOT RECORDED", "INCONCLUSIVE", "STOPPED", "NOT RUN"}) {
    const auto found = summary.by_verdict.find(word);
    if (found == summary.by_verdict.end()) continue;
    for (const auto& [blame, count] : found->second)
      list.push_back(object_of({{"verdict", word},
                                {"blame", blame.empty() ? kDash : blame},
                                {"count", std::to_string(count)},
                                {"mark", mark_of(word)}}));
  }
  return list;
}

data plan_of(const BatchSummary& summary) {
  data list{data::type::list};
  const auto& plan = *summary.info.plan;
  list.push_back(
      object_of({{"name", "Units per hour"},
                 {"planned", fmt::format("{:.1f}", plan.units_per_hour)},
                 {"actual", summary.units_per_hour ? fmt::format("{:.1f}", *summary.units_per_hour)
                                                   : kDash}}));
  list.push_back(
      object_of({{"name", "Time"},
                 {"planned", duration_text(plan.duration_s)},
                 {"actual", summary.duration_s ? duration_text(*summary.duration_s) : kDash}}));
  return list;
}

data pareto_of(const BatchSummary& summary) {
  data list{data::type::list};
  for (const auto& row : summary.pareto)
    list.push_back(object_of({{"fault", row.fault_id},
                              {"blame", row.blame.empty() ? kDash : row.blame},
                              {"slots", joined(row.slots)},
                              {"count", std::to_string(row.count)},
                              {"share", fmt::format("{:.0f}", row.share * 100)},
                              {"sum", fmt::format("{:.0f}", row.cumulative * 100)}}));
  return list;
}

/// Median, in KiB/s.
std::string rate_text(std::vector<double> rates) {
  if (rates.empty()) return kDash;
  return fmt::format("{:.1f} KiB/s", metrology::median(std::move(rates)) / 1024);
}

data slots_of(const BatchSummary& summary) {
  data list{data::type::list};
  for (const auto& row : summary.slots) {
    auto object = object_of(
        {{"slot", row.slot},
         {"units", std::to_string(row.units)},
         {"opened", std::to_string(row.opened)},
         {"sync", row.identified == 0 ? std::string(kDash)
                                      : fmt::format("{} of {}", row.first_sync, row.identified)},
         {"retries", std::to_string(row.retries)},
         {"faults", std::to_string(row.faults)},
         {"rate", rate_text(row.transfer_B_per_s)},
         {"mean", kDash},
         {"difference", kDash},
         {"mark", ""}});
    for (const auto& bias : summary.bias) {
      if (bias.name != row.slot) continue;
      set(object, "mean", fmt::format("{:+.3f} %", bias.mean));
      if (!bias.tested) continue;
      set(object, "difference", fmt::format("{:+.3f} %, p {:.2g}", bias.difference, bias.p));
      set(object, "mark", bias.significant ? "bad" : "");
    }
    list.push_back(object);
  }
  return list;
}

std::string bias_verdict(const BatchSummary& summary) {
  std::vector<std::string> biased;
  bool tested = false;
  for (const auto& bias : summary.bias) {
    tested = tested || bias.tested;
    if (bias.significant) biased.push_back(bias.name);
  }
  if (!tested)
    return fmt::format("here no slot has {} units and as many others to compare with.",
                       metrology::kBiasLeast);
  if (biased.empty()) return "here no slot differs.";
  return fmt::format("here {} {} from the others: look at its fixture and its place on the load.",
                     joined(biased), biased.size() == 1 ? "differs" : "differ");
}

std::string limits_text(const MeasurementSpread& spread) {
  if (spread.low && spread.high)
    return fmt::format("limits {:.4g} … {:.4g} {}", *spread.low, *spread.high, spread.unit);
  if (spread.low) return fmt::format("at least {:.4g} {}", *spread.low, spread.unit);
  if (spread.high) return fmt::format("at most {:.4g} {}", *spread.high, spread.unit);
  return "no limits";
}

std::string spread_text(const MeasurementSpread& spread) {
  const auto& found = spread.capability;
  auto text = fmt::format("n {}, mean {:.4g} {}", found.n, found.mean, spread.unit);
  if (found.n > 1) text += fmt::format(", s {:.2g}", found.standard_deviation);
  text += "; " + limits_text(spread);
  if (!found.cpk) return text + fmt::format("; no Cpk: {}", found.refused);
  if (found.cp) text += fmt::format("; Cp {:.2f}", *found.cp);
  return text + fmt::format("; Cpk {:.2f} ({:.2f} … {:.2f})", *found.cpk, found.cpk_interval->low,
                            found.cpk_interval->high);
}

/// Those with limits first: they are what was tested.
data spreads_of(const BatchSummary& summary) {
  data list{data::type::list};
  for (const bool limited : {true, false})
    for (const auto& spread : summary.measurements) {
      if ((spread.low || spread.high) != limited) continue;
      auto object = object_of(
          {{"name", spread.condition.empty() ? spread.id : spread.id + ", " + spread.condition},
           {"text", spread_text(spread)}});
      object.set("svg", histogram_svg(spread));
      list.push_back(object);
    }
  return list;
}

std::string why_of(const UnitRecord& unit, std::string_view word) {
  std::string text;
  if (word != "PASS")
    if (const auto* reason = deciding_attempt(unit.attempts)) {
      text = reason->blame.empty() ? "" : reason->blame + ": ";
      text += reason->happened;
      if (!reason->fault_id.empty()) text += " [" + reason->fault_id + "]";
    }
  if (word == "PASS" && !unit.first_pass) text = "after a retry";
  if (const auto of = unit.facts.find("retest_of"); of != unit.facts.end()) {
    text += (text.empty() ? "" : "; ") + std::string("test of ") + of->second + " again";
    if (const auto why = unit.facts.find("retest_reason"); why != unit.facts.end())
      text += ": " + why->second;
  }
  return text;
}

data units_of(const BatchSummary& summary) {
  data list{data::type::list};
  for (const auto& unit : summary.units) {
    const auto word = verdict_word(unit, summary.info.not_recorded);
    std::string name = unit.unit_id;
    for (const auto* known : {"mac", "serial"})
      if (const auto found = unit.facts.find(known); found != unit.facts.end())
        name = found->second;
    const auto link = summary.info.links.find(unit.unit_id);
    const double seconds =
        unit.ended ? static_cast<double>(unit.ended->unix_ms - unit.started.unix_ms) / 1e3 : 0;
    auto object = object_of({{"name", name},
                             {"slot", unit.slot},
                             {"verdict", word},
                             {"mark", mark_of(word)},
                             {"why", why_of(unit, word)},
                             {"time", unit.ended ? duration_text(seconds) : "not finished"}});
    if (link != summary.info.links.end()) set(object, "link", link->second);
    list.push_back(object);
  }
  return list;
}

std::string about(const BatchSummary& summary) {
  std::set<std::string> sequences;
  std::set<std::string> benches;
  for (const auto& unit : summary.units) {
    sequences.insert(unit.sequence);
    benches.insert(unit.bench);
  }
  auto text = fmt::format("{} on {}", joined({sequences.begin(), sequences.end()}),
                          joined({benches.begin(), benches.end()}));
  if (!summary.units.empty()) text += ", begun " + time_text(summary.units.front().started);
  if (summary.duration_s) text += ", in " + duration_text(*summary.duration_s);
  return text;
}

bool simulated(const BatchSummary& summary) {
  return std::any_of(summary.units.begin(), summary.units.end(),
                     [](const UnitRecord& unit) { return unit.facts.contains("simulated"); });
}

}  // namespace

std::string batch_html(const BatchSummary& summary) {
  data page{data::type::object};
  set(page, "title", summary.info.title);
  set(page, "about", about(summary));
  if (!summary.info.organisation.empty()) set(page, "organisation", summary.info.organisation);
  page.set("simulated", simulated(summary));
  page.set("figures", figures_of(summary));
  page.set("verdicts", verdicts_of(summary));
  page.set("has_plan", summary.info.plan.has_value());
  if (summary.info.plan) {
    page.set("plan", plan_of(summary));
    if (!summary.info.plan->bottleneck.empty())
      set(page, "bottleneck", summary.info.plan->bottleneck);
  }
  page.set("has_pareto", !summary.pareto.empty());
  page.set("pareto", pareto_of(summary));
  page.set("slots", slots_of(summary));
  set(page, "bias_verdict", bias_verdict(summary));
  page.set("has_spreads", !summary.measurements.empty());
  page.set("spreads", spreads_of(summary));
  page.set("units", units_of(summary));
  set(page, "footer", summary.info.software);
  kainjow::mustache::mustache page_template(templates::batch_report_html);
  return page_template.render(page);
}

}  // namespace plugrig
