#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "rig/metrology/budget.hpp"
#include "rig/metrology/coverage.hpp"
#include "rig/metrology/decision.hpp"
#include "rig/metrology/fits.hpp"
#include "rig/metrology/gauge_rr.hpp"
#include "rig/metrology/global_risk.hpp"
#include "rig/metrology/rounding.hpp"
#include "rig/metrology/statistics.hpp"
#include "rig/metrology/type_b.hpp"

namespace plugrig::metrology {
namespace {

using enum Distribution;

TEST(TypeB, HasTheDivisorOfItsDistribution) {
  EXPECT_DOUBLE_EQ(u_from_half_width(3, rectangular), 3 / std::sqrt(3.0));
  EXPECT_DOUBLE_EQ(u_from_half_width(3, triangular), 3 / std::sqrt(6.0));
  EXPECT_DOUBLE_EQ(u_from_half_width(3, u_shaped), 3 / std::sqrt(2.0));
  EXPECT_DOUBLE_EQ(u_from_resolution(1), 1 / std::sqrt(12.0));
  EXPECT_DOUBLE_EQ(degrees_of_freedom_of_estimate(0.25), 8);
}

TEST(TypeB, RefusesWhatIsNoInterval) {
  EXPECT_THROW(u_from_half_width(-1, rectangular), std::domain_error);
  EXPECT_THROW(u_from_half_width(std::nan(""), rectangular), std::domain_error);
  EXPECT_THROW(u_from_half_width(1, normal), std::domain_error);
  EXPECT_THROW(u_from_interval(1, 1.0), std::domain_error);
  EXPECT_THROW(u_from_expanded(1, 0), std::domain_error);
}

TEST(Budget, FullCorrelationAddsLinearly) {
  const std::vector rows{contribution("a", 'B', normal, 3), contribution("b", 'B', normal, 4)};
  EXPECT_DOUBLE_EQ(combined(rows), 5);
  EXPECT_DOUBLE_EQ(combined(rows, {{0, 1, 1.0}}), 7);
  EXPECT_DOUBLE_EQ(combined(rows, {{0, 1, -1.0}}), 1);
}

TEST(Budget, SensitivityHasNoSign) {
  EXPECT_DOUBLE_EQ(contribution("a", 'B', normal, 2, 0, -3).standard_uncertainty, 6);
}

TEST(Budget, TypeBAloneHasInfiniteDegreesOfFreedom) {
  const auto result =
      evaluate({contribution("a", 'B', normal, 1), contribution("b", 'B', normal, 1)});
  EXPECT_EQ(result.degrees_of_freedom, 0);
  EXPECT_NEAR(result.coverage_factor, 2.0, 0.001);
}

TEST(Budget, ARectangularRowDominatesOnlyWhenTheRestIsSmall) {
  const auto rows = [](double rest) {
    return std::vector{contribution("display", 'B', rectangular, 1),
                       contribution("rest", 'B', normal, rest)};
  };
  EXPECT_EQ(dominant_rectangular(rows(0.29)), 0);
  EXPECT_EQ(dominant_rectangular(rows(0.31)), -1);
  EXPECT_EQ(dominant_rectangular({contribution("n", 'B', normal, 1)}), -1);
  EXPECT_EQ(dominant_rectangular({contribution("none", 'B', rectangular, 0)}), -1);
}

TEST(Budget, RefusesARowThatIsNoUncertainty) {
  EXPECT_THROW(combined({contribution("a", 'B', normal, std::nan(""))}), std::domain_error);
}

TEST(Rounding, EaRoundsUpOnlyAboveFivePercent) {
  EXPECT_EQ(rounded(0, 10.47).uncertainty, "10");
  EXPECT_EQ(rounded(0, 0.1049).uncertainty, "0.10");
  EXPECT_EQ(rounded(0, 0.996).uncertainty, "1.0");
  EXPECT_EQ(rounded(0, 0.0996, RoundingRule::gum).uncertainty, "0.10");
}

TEST(Rounding, ValueTakesThePlaceOfTheUncertainty) {
  EXPECT_EQ(rounded(230.0049, 0.032).value, "230.005");
  EXPECT_EQ(rounded(-0.0001, 0.25).value, "0.00");
  EXPECT_EQ(rounded(1234567, 4321).value, "1234600");
  EXPECT_EQ(rounded(1234567, 4321).uncertainty, "4300");
}

TEST(Rounding, RefusesWhatHasNoDigits) {
  EXPECT_THROW(rounded(1, 0), std::domain_error);
  EXPECT_THROW(rounded(1, std::nan("")), std::domain_error);
  EXPECT_THROW(rounded(std::nan(""), 1), std::domain_error);
}

TEST(Statistics, NegativeCorrelationNeverRaisesTheCount) {
  const std::vector<double> alternating{1, 2, 1, 2, 1, 2, 1, 2};
  const auto result = describe(alternating);
  EXPECT_LT(result.lag1, 0);
  EXPECT_EQ(result.effective_n, 8);
}

TEST(Statistics, EqualReadingsHaveNoScatterAndNoCorrelation) {
  const std::vector<double> same(12, 230.3);
  const auto result = describe(same);
  EXPECT_EQ(result.standard_deviation, 0);
  EXPECT_EQ(result.lag1, 0);
  EXPECT_EQ(result.effective_n, 12);
}

TEST(Statistics, KeepsDigitsOfLargeNumbersWithSmallScatter) {
  const std::vector<double> values{1e9 + 0.1, 1e9 + 0.2, 1e9 + 0.3};
  EXPECT_NEAR(describe(values).standard_deviation, 0.1, 1e-6);
}

TEST(Statistics, AutocorrelationCountsFewerReadings) {
  std::mt19937_64 chance(7);
  std::normal_distribution<double> noise;
  std::vector<double> values;
  double x = 0;
  for (int i = 0; i < 4000; ++i) values.push_back(x = 0.8 * x + noise(chance));
  const auto result = describe(values);
  EXPECT_NEAR(result.lag1, 0.8, 0.05);
  EXPECT_NEAR(result.effective_n / 4000, 1.0 / 9, 0.03);
}

TEST(Statistics, FlagsAnOutlierAndKeepsIt) {
  std::vector<double> values{10.0, 10.1, 9.9, 10.05, 9.95, 10.02, 14.0};
  const auto flags = outliers(values, 0.01);
  EXPECT_EQ(std::count(flags.begin(), flags.end(), true), 1);
  EXPECT_TRUE(flags.back());
}

TEST(Statistics, ACoarseDisplayIsNoOutlier) {
  const std::vector<double> values{230.0, 230.0, 230.0, 230.0, 230.0, 230.3, 230.0};
  const auto flags = outliers(values, 0.33);
  EXPECT_EQ(std::count(flags.begin(), flags.end(), true), 0);
}

TEST(Fits, WeightsDecideWhoIsBelieved) {
  const std::vector<double> x{100, 1000};
  const std::vector<double> y{110, 1000};
  EXPECT_NEAR(fit_gain(x, y, std::vector<double>{1e-3, 10}, 0).slope, 1.1, 1e-4);
  EXPECT_NEAR(fit_gain(x, y, std::vector<double>{10, 1e-3}, 0).slope, 1.0, 1e-4);
}

TEST(Fits, EqualRelativeUncertaintyGivesTheMeanOfTheRatios) {
  const std::vector<double> x{60, 500, 2000};
  const std::vector<double> y{61, 505, 2010};
  const std::vector<double> u{0.06, 0.5, 2.0};
  EXPECT_NEAR(fit_gain(x, y, u, 0).slope, (61 / 60.0 + 505 / 500.0 + 2010 / 2000.0) / 3, 1e-12);
}

TEST(Fits, WhatPointsShareDoesNotAverageOut) {
  std::vector<double> x(400, 1000.0);
  const std::vector<double> u(400, 1.0);
  const auto fit = fit_gain(x, x, u, 1e-3);
  EXPECT_GT(fit.u_slope, 1e-3);
  EXPECT_LT(fit.u_slope, 1.01e-3);
}

TEST(Fits, ChiSquareSeesWhatIsNoGain) {
  const std::vector<double> x{100, 1000, 2000};
  const std::vector<double> bent{100, 1000, 2040};
  const std::vector<double> u{0.1, 1, 2};
  const auto straight = fit_gain(x, x, u, 0);
  const auto curved = fit_gain(x, bent, u, 0);
  EXPECT_GT(chi_square_probability(straight.chi_square, straight.degrees_of_freedom), 0.99);
  EXPECT_LT(chi_square_probability(curved.chi_square, curved.degrees_of_freedom), 1e-6);
}

TEST(Fits, WeightedLineTakesItsUncertaintyFromTheWeights) {
  const std::vector<double> x{0, 1, 2, 3};
  const std::vector<double> y{1, 3, 5, 7};
  const std::vector<double> u(4, 0.1);
  const auto fit = fit_line(x, y, u);
  EXPECT_NEAR(fit.slope, 2, 1e-12);
  EXPECT_NEAR(fit.u_slope, 0.1 / std::sqrt(5.0), 1e-12);
  EXPECT_NEAR(fit.chi_square, 0, 1e-20);
}

TEST(Fits, RefuseWhatCannotBeFitted) {
  const std::vector<double> one{1};
  const std::vector<double> same{2, 2, 2};
  const std::vector<double> zeros{0, 0};
  EXPECT_THROW(fit_line(one, one), std::domain_error);
  EXPECT_THROW(fit_line(same, same), std::domain_error);
  EXPECT_THROW(fit_through_origin(zeros, zeros), std::domain_error);
  EXPECT_THROW(fit_gain(one, one, zeros, 0), std::domain_error);
  EXPECT_THROW(fit_gain({}, {}, {}, 0), std::domain_error);
}

TEST(Decision, GuardBandTakesUFromTheLimit) {
  EXPECT_EQ(decide(DecisionRule::simple, 0.95, 1, 0.2), Decision::pass);
  EXPECT_EQ(decide(DecisionRule::guard_band, 0.95, 1, 0.2), Decision::fail);
  EXPECT_EQ(decide(DecisionRule::guard_band, -0.79, 1, 0.2), Decision::pass);
  EXPECT_EQ(decide(DecisionRule::simple, 1.0, 1, 0.2), Decision::pass) << "the limit belongs to it";
}

TEST(Decision, NothingPassesWhenUIsWiderThanTheLimit) {
  EXPECT_EQ(decide(DecisionRule::guard_band, 0, 1, 1.1), Decision::fail);
}

TEST(Decision, FourWords) {
  EXPECT_EQ(decide_non_binary(0.7, 1, 0.2), Decision::pass);
  EXPECT_EQ(decide_non_binary(-0.9, 1, 0.2), Decision::conditional_pass);
  EXPECT_EQ(decide_non_binary(1.1, 1, 0.2), Decision::conditional_fail);
  EXPECT_EQ(decide_non_binary(-1.3, 1, 0.2), Decision::fail);
}

TEST(Decision, RefusesNoNumber) {
  EXPECT_THROW(decide(DecisionRule::simple, std::nan(""), 1, 0), std::domain_error);
  EXPECT_FALSE(test_uncertainty_ratio(1, 0).has_value());
  EXPECT_DOUBLE_EQ(*test_uncertainty_ratio(1, 0.25), 4);
}

/// The table of metrology notes §6: 95 % in tolerance, U = 2·sigma of the measurement.
TEST(GlobalRisk, AgreesWithTheTableOfRisks) {
  struct Row {
    double tur, pfa, pfr, pfa_guarded, pfr_guarded;
  };
  for (const auto& row : {Row{4, 0.86, 1.55, 0.021, 10.4}, Row{3, 1.05, 2.29, 0.026, 16.5},
                          Row{2, 1.34, 4.18, 0.036, 32.9}, Row{1.5, 1.54, 6.63, 0.044, 53.5}}) {
    const double u = 1 / (2 * row.tur);
    const double sigma = product_sigma(0.95);
    const auto simple = global_risk({sigma, u, 1, 1});
    const auto guarded = global_risk({sigma, u, 1, 1 - 2 * u});
    EXPECT_NEAR(100 * simple.false_accept, row.pfa, 0.006);
    EXPECT_NEAR(100 * simple.false_reject, row.pfr, 0.006);
    EXPECT_NEAR(100 * guarded.false_accept, row.pfa_guarded, 0.0006);
    EXPECT_NEAR(100 * guarded.false_reject, row.pfr_guarded, 0.06);
  }
}

TEST(GlobalRisk, EveryUnitIsAcceptedOrRejected) {
  const auto risk = global_risk({0.6, 0.2, 1, 0.9});
  const double in_tolerance = 2 * normal_cdf(1 / 0.6) - 1;
  EXPECT_NEAR(in_tolerance - risk.false_reject + risk.false_accept, risk.accepted, 1e-9);
}

TEST(GaugeRr, AStudyWithHolesIsRefused) {
  EXPECT_THROW(gauge_rr_anova({{{1, 2}, {1}}, {{1, 2}, {1, 2}}}), std::domain_error);
  EXPECT_THROW(gauge_rr_anova({{{1, 2}, {1, 2}}}), std::domain_error);
  EXPECT_DOUBLE_EQ(percent_of_tolerance(0.1, 2), 30);
}

TEST(GaugeRr, ARealInteractionStaysReproducibility) {
  GaugeStudy study(2, std::vector<std::vector<double>>(3, std::vector<double>(5, 0.0)));
  std::mt19937_64 chance(3);
  std::normal_distribution<double> noise(0, 0.01);
  for (std::size_t a = 0; a < 2; ++a)
    for (auto& trial : study[a])
      for (std::size_t p = 0; p < 5; ++p) {
        const double crossed = (p % 2 == 0) == (a == 0) ? 1.0 : -1.0;
        trial[p] = static_cast<double>(p) + crossed + noise(chance);
      }
  const auto result = gauge_rr_anova(study);
  EXPECT_FALSE(result.anova.pooled);
  EXPECT_GT(result.appraiser, 1.0);
  EXPECT_NEAR(result.equipment, 0.01, 0.005);
}

}  // namespace
}  // namespace plugrig::metrology
