#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "rig/metrology/budget.hpp"
#include "rig/metrology/coverage.hpp"
#include "rig/metrology/decision.hpp"
#include "rig/metrology/ewma.hpp"
#include "rig/metrology/fits.hpp"
#include "rig/metrology/gauge_rr.hpp"
#include "rig/metrology/global_risk.hpp"
#include "rig/metrology/rounding.hpp"
#include "rig/metrology/statistics.hpp"
#include "rig/metrology/type_b.hpp"

namespace plugrig::metrology {
namespace {

using nlohmann::json;

/// The expected values of a case, compared one by one; what nobody compared is a failure too.
class Expected {
 public:
  explicit Expected(const json& test) : test_(test) { list(test.at("expected"), ""); }

  void number(const std::string& name, double found) {
    const auto pointer = json::json_pointer("/expected/" + name);
    const double wanted = test_.at(pointer).get<double>();
    EXPECT_NEAR(found, wanted, tolerance(name, wanted)) << name;
    open_.erase(name);
  }
  void numbers(const std::string& name, const std::vector<double>& found) {
    const auto& wanted = test_.at("expected").at(name);
    ASSERT_EQ(found.size(), wanted.size()) << name;
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_NEAR(found[i], wanted[i].get<double>(), tolerance(name, wanted[i], i))
          << name << " " << i;
    open_.erase(name);
  }
  void texts(const std::string& name, const std::vector<json>& found) {
    EXPECT_EQ(json(found), test_.at("expected").at(name)) << name;
    open_.erase(name);
  }
  [[nodiscard]] const std::map<std::string, bool>& not_compared() const { return open_; }

 private:
  void list(const json& node, const std::string& prefix) {
    for (const auto& [name, value] : node.items()) {
      if (value.is_object())
        list(value, prefix + name + "/");
      else
        open_[prefix + name] = true;
    }
  }
  /// The case's own tolerance; where it has none the value must hold to double precision.
  [[nodiscard]] double tolerance(const std::string& name, double wanted, std::size_t i = 0) const {
    if (test_.contains("tolerance_relative"))
      return std::abs(wanted) * test_["tolerance_relative"].get<double>();
    const auto leaf = name.substr(name.rfind('/') + 1);
    const auto all = test_.value("tolerance", json::object());
    const auto found = all.contains(leaf) ? all[leaf] : all.value("default", json(0.0));
    return found.is_array() ? found[i].get<double>() : found.get<double>();
  }
  const json& test_;
  std::map<std::string, bool> open_;
};

Distribution distribution_of(const json& node) {
  for (const auto each : {Distribution::normal, Distribution::rectangular, Distribution::triangular,
                          Distribution::u_shaped})
    if (to_string(each) == node.get<std::string>()) return each;
  throw std::runtime_error("unknown distribution " + node.dump());
}

std::vector<double> list(const json& node) { return node.get<std::vector<double>>(); }

void budget_case(const json& in, Expected& expected) {
  std::vector<Contribution> budget;
  for (const auto& row : in.at("components"))
    budget.push_back(contribution(row.at("name"), 'B', Distribution::normal, row.at("u"),
                                  row.value("dof", 0.0)));
  const auto result = evaluate(budget, in.at("coverage_probability"));
  expected.number("u_c", result.standard);
  expected.number("nu_eff", effective_degrees_of_freedom(budget));
  expected.number("nu_eff_truncated", result.degrees_of_freedom);
  expected.number("k", result.coverage_factor);
  expected.number("U", result.expanded);
}

void line_case(const json& in, Expected& expected) {
  const auto fit = fit_line(list(in.at("x")), list(in.at("y")));
  expected.number("intercept", fit.intercept);
  expected.number("slope", fit.slope);
  expected.number("s_intercept", fit.u_intercept);
  expected.number("s_slope", fit.u_slope);
  expected.number("correlation", fit.correlation);
  expected.number("s_residual", fit.residual);
  expected.number("y_pred", fit.at(in.at("predict_x")));
  expected.number("u_pred", fit.u_at(in.at("predict_x")));
  expected.number("dof", fit.degrees_of_freedom);
}

void spec_case(const json& in, Expected& expected) {
  const double reading = in.at("reading");
  const double half_width = in.at("rdg_fraction").get<double>() * reading +
                            in.at("rng_fraction").get<double>() * in.at("range").get<double>();
  const double u = u_from_half_width(half_width, distribution_of(in.at("distribution")));
  const double u_c =
      combined({contribution("accuracy", 'B', Distribution::rectangular, u),
                contribution("scatter", 'A', Distribution::normal, in.at("u_type_a"))});
  expected.number("half_width", half_width);
  expected.number("u_spec", u);
  expected.number("u_c", u_c);
  expected.number("u_rel", u_c / reading);
}

void type_b_case(const json& in, Expected& expected) {
  std::vector<double> u;
  for (const auto& each : in.at("cases"))
    u.push_back(each.contains("p") ? u_from_interval(each.at("half_width"), each.at("p"))
                                   : u_from_half_width(each.at("half_width"),
                                                       distribution_of(each.at("distribution"))));
  expected.numbers("u", u);
}

void rounding_case(const json& in, Expected& expected) {
  std::vector<json> value;
  std::vector<json> u;
  for (const auto& each : in.at("cases")) {
    const bool has_value = !each.at("value").is_null();
    const auto text =
        rounded(has_value ? each.at("value").get<double>() : 0, each.at("u"), RoundingRule::gum);
    u.emplace_back(text.uncertainty);
    value.push_back(has_value ? json(text.value) : json());
  }
  expected.texts("u", u);
  expected.texts("value", value);
}

void dominant_case(const json& in, Expected& expected) {
  std::vector<Contribution> budget;
  for (const auto& row : in.at("components")) {
    const auto distribution = distribution_of(row.at("distribution"));
    const double u = row.contains("U") ? u_from_expanded(row.at("U"), row.at("k"))
                                       : u_from_half_width(row.at("half_width"), distribution);
    budget.push_back(contribution(row.at("name"), 'B', distribution, u));
  }
  const auto result = evaluate(budget, 0.95);
  expected.number("error", in.at("indication").get<double>() - in.at("source").get<double>());
  expected.number("u_c", result.standard);
  expected.number("k", result.coverage_factor);
  expected.number("U", result.expanded);
}

void origin_case(const json& in, Expected& expected) {
  const auto fit = fit_through_origin(list(in.at("x")), list(in.at("y")));
  expected.number("slope", fit.slope);
  expected.number("s_slope", fit.u_slope);
  expected.number("s_residual", fit.residual);
  expected.number("dof", fit.degrees_of_freedom);
}

void univariate_case(const json& in, Expected& expected) {
  const auto result = describe(list(in.at("y")));
  expected.number("mean", result.mean);
  expected.number("s", result.standard_deviation);
  expected.number("r1", result.lag1);
  expected.number("n", static_cast<double>(result.n));
  EXPECT_NEAR(result.effective_n, 1.6, 0.05);
}

void gauge_case(const json& in, Expected& expected) {
  const auto study = in.at("data").get<GaugeStudy>();
  const auto anova = gauge_rr_anova(study);
  EXPECT_TRUE(anova.anova.pooled);
  expected.number("anova/ss_appraiser", anova.anova.ss_appraiser);
  expected.number("anova/ss_part", anova.anova.ss_part);
  expected.number("anova/ss_interaction", anova.anova.ss_interaction);
  expected.number("anova/ss_equipment", anova.anova.ss_equipment);
  expected.number("anova/ss_total", anova.anova.ss_total);
  expected.number("anova/f_interaction", anova.anova.f_interaction);
  expected.number("anova/ev", anova.equipment);
  expected.number("anova/av", anova.appraiser);
  expected.number("anova/grr", anova.grr);
  expected.number("anova/pv", anova.part);
  expected.number("anova/pct_grr", anova.percent_grr);
  const auto range = gauge_rr_range(study);
  expected.number("range/rbar", range.mean_range);
  expected.number("range/xdiff", range.appraiser_spread);
  expected.number("range/part_range", range.part_range);
  expected.number("range/ev", range.result.equipment);
  expected.number("range/av", range.result.appraiser);
  expected.number("range/grr", range.result.grr);
  expected.number("range/pv", range.result.part);
  expected.number("range/tv", range.result.total);
  expected.number("range/pct_grr", range.result.percent_grr);
  EXPECT_NEAR(range.result.distinct_categories, 5.09, 0.01);
  expected.number("range/ndc_unrounded", std::round(range.result.distinct_categories * 100) / 100);
}

void conformance_case(const json& in, Expected& expected) {
  expected.number("p_conform",
                  conformity_probability(in.at("y"), in.at("u"), in.at("lower"), in.at("upper")));
}

void risk_case(const json& in, Expected& expected) {
  std::vector<double> pfa;
  std::vector<double> conditional;
  for (const double in_tolerance : list(in.at("itp"))) {
    const double sigma = product_sigma(in_tolerance);
    const auto risk = global_risk(
        {.product_sigma = sigma, .measurement_sigma = sigma / in.at("sigma_ratio").get<double>()});
    pfa.push_back(100 * risk.false_accept);
    conditional.push_back(100 * risk.conditional_false_accept);
  }
  expected.numbers("pfa_percent", pfa);
  expected.numbers("cpfa_percent", conditional);
}

void ewma_case(const json& in, Expected& expected) {
  const EwmaSetting setting{
      .start = in.at("start"), .sigma = in.at("s"), .lambda = in.at("lambda"), .width = in.at("k")};
  std::vector<double> z{setting.start};
  for (const auto& point : ewma(setting, list(in.at("x")))) z.push_back(point.z);
  expected.numbers("z", z);
  expected.number("ucl", setting.start + ewma_steady_half_width(setting));
  expected.number("lcl", setting.start - ewma_steady_half_width(setting));
}

void coverage_case(const json& in, Expected& expected) {
  std::vector<double> t95;
  std::vector<double> t9545;
  for (const auto& dof : in.at("dof")) {
    const double value = dof.is_number() ? dof.get<double>() : 0;
    t95.push_back(coverage_factor(0.95, value));
    t9545.push_back(coverage_factor(0.9545, value));
  }
  expected.numbers("t95", t95);
  expected.numbers("t9545", t9545);
}

void small_n_case(const json& in, Expected& expected) {
  std::vector<double> percent;
  for (const auto& n : in.at("n")) percent.push_back(100 * relative_uncertainty_of_s(n));
  expected.numbers("percent", percent);
}

using Runner = void (*)(const json&, Expected&);
const std::map<std::string, Runner> runners{
    {"uncertainty-budget", budget_case},
    {"straight-line-fit", line_case},
    {"spec-to-standard-uncertainty", spec_case},
    {"type-b-conversion", type_b_case},
    {"rounding", rounding_case},
    {"uncertainty-budget-dominant-rectangular", dominant_case},
    {"fit-through-origin", origin_case},
    {"univariate", univariate_case},
    {"gauge-rr", gauge_case},
    {"conformance-probability", conformance_case},
    {"global-risk", risk_case},
    {"ewma-chart", ewma_case},
    {"coverage-factor", coverage_case},
    {"uncertainty-of-s", small_n_case},
};

json all_cases() {
  std::ifstream file(PLUGRIG_TEST_DATA "/metrology-cases.json");
  return json::parse(file).at("cases");
}

class PublishedCase : public testing::TestWithParam<json> {};

TEST_P(PublishedCase, IsReproduced) {
  const auto& test = GetParam();
  const auto runner = runners.find(test.at("kind").get<std::string>());
  ASSERT_NE(runner, runners.end()) << "no runner for " << test.at("kind");
  Expected expected(test);
  runner->second(test.at("inputs"), expected);
  for (const auto& [name, open] : expected.not_compared()) ADD_FAILURE() << name << " not compared";
}

std::string name_of(const testing::TestParamInfo<json>& test) {
  auto name = test.param.at("id").get<std::string>();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Metrology, PublishedCase, testing::ValuesIn(all_cases()), name_of);

TEST(PublishedCases, AreAllThere) { EXPECT_EQ(all_cases().size(), 14U); }

}  // namespace
}  // namespace plugrig::metrology
