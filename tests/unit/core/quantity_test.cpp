#include "rig/core/quantity.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <concepts>
#include <limits>
#include <random>
#include <set>
#include <type_traits>

namespace plugrig {
namespace {

template <typename A, typename B>
concept Addable = requires(A a, B b) {
  a + b;
};
template <typename A, typename B>
concept Subtractable = requires(A a, B b) {
  a - b;
};
template <typename A, typename B>
concept Comparable = requires(A a, B b) {
  a < b;
};
template <typename A, typename B>
concept Equatable = requires(A a, B b) {
  a == b;
};
template <typename A, typename B>
concept Assignable = requires(A a, B b) {
  a = b;
};

static_assert(Addable<Volts, Volts> && Subtractable<Watts, Watts> && Comparable<Ohms, Ohms>);
static_assert(!Addable<Volts, Watts> && !Addable<Seconds, Hertz> && !Addable<Volts, double>);
static_assert(!Subtractable<Volts, Amperes> && !Subtractable<Watts, double>);
static_assert(!Comparable<Volts, Watts> && !Comparable<Volts, double>);
static_assert(!Equatable<Volts, Watts> && !Assignable<Volts, Watts> && !Assignable<Volts, double>);
static_assert(!std::convertible_to<Volts, double> && !std::convertible_to<double, Volts>);
static_assert(std::convertible_to<Ratio, double>);

static_assert(std::same_as<decltype(Volts{} * Amperes{}), Watts>);
static_assert(std::same_as<decltype(Volts{} / Amperes{}), Ohms>);
static_assert(std::same_as<decltype(1.0 / Seconds{}), Hertz>);
static_assert(std::same_as<decltype(Watts{} * Seconds{}), Joules>);
static_assert(std::same_as<decltype(Volts{} / Volts{}), Ratio>);
static_assert(std::same_as<decltype(Volts{} * Volts{} / Ohms{}), Watts>);
static_assert(std::same_as<decltype(Bytes{} / Seconds{}), BytesPerSecond>);
static_assert((Volts{230} * Amperes{2}).value() == 460);
static_assert(-Volts{3} + Volts{5} * 2.0 == Volts{7});

template <typename Q>
double read(std::string_view text) {
  const auto parsed = parse<Q>(text);
  if (const auto* error = std::get_if<QuantityError>(&parsed)) {
    ADD_FAILURE() << text << ": " << error->message;
    return std::nan("");
  }
  return std::get<Q>(parsed).value();
}

template <typename Q>
std::string error_of(std::string_view text) {
  const auto parsed = parse<Q>(text);
  const auto* error = std::get_if<QuantityError>(&parsed);
  return error == nullptr ? "read" : error->message + "; " + error->hint;
}

TEST(Quantity, ReadsNumberAndUnit) {
  EXPECT_EQ(read<Watts>("1 kW"), 1000);
  EXPECT_EQ(read<Volts>("230 V"), 230);
  EXPECT_EQ(read<Volts>("12.3 mV"), 0.0123);
  EXPECT_EQ(read<Ratio>("0.5 %"), 0.005);
  EXPECT_EQ(read<Ratio>("20 ppm"), 20e-6);
  EXPECT_EQ(read<Seconds>("60s"), 60);
  EXPECT_EQ(read<Seconds>("2 min"), 120);
  EXPECT_EQ(read<Seconds>("1.5 h"), 5400);
  EXPECT_EQ(read<Seconds>("3 us"), 3e-6);
  EXPECT_EQ(read<Seconds>("3 \u00B5s"), 3e-6);
  EXPECT_EQ(read<Seconds>("3 \u03BCs"), 3e-6);
  EXPECT_EQ(read<Hertz>("26 MHz"), 26e6);
  EXPECT_EQ(read<Amperes>("-250 mA"), -0.25);
  EXPECT_EQ(read<Ohms>("1 m\u03A9"), 1e-3);
  EXPECT_EQ(read<Ohms>("5 Ohm"), 5);
  EXPECT_EQ(read<Joules>("1 kWh"), 3.6e6);
  EXPECT_EQ(read<Watts>("1.5e3 W"), 1500);
  EXPECT_EQ(read<Watts>("0 W"), 0);
}

TEST(Quantity, SizesOfMemoryAreBinary) {
  EXPECT_EQ(read<Bytes>("1 MB"), 1048576);
  EXPECT_EQ(read<Bytes>("1 MiB"), 1048576);
  EXPECT_EQ(read<Bytes>("4 kB"), 4096);
  EXPECT_EQ(read<Bytes>("4 KiB"), 4096);
  EXPECT_EQ(read<Bytes>("7 B"), 7);
}

TEST(Quantity, ErrorsSayWhatToWrite) {
  EXPECT_EQ(error_of<Seconds>("60"), "'60' has no unit; write '60 s'");
  EXPECT_EQ(error_of<Seconds>("060 s"), "'060 s' has a leading zero; write '60 s'");
  EXPECT_EQ(error_of<Watts>("-007 W"), "'-007 W' has a leading zero; write '-7 W'");
  EXPECT_EQ(error_of<Seconds>("60 V"),
            "'60 V' is a voltage, not a duration; write it in s, ms, us, ns, min or h");
  EXPECT_EQ(error_of<Seconds>("60 mins"),
            "'60 mins' has the unknown unit 'mins'; did you mean 'min'?");
  EXPECT_EQ(error_of<Watts>("60 horses"),
            "'60 horses' has the unknown unit 'horses'; write it in W, mW or kW");
  EXPECT_EQ(error_of<Volts>("230 v"), "'230 v' has the unknown unit 'v'; did you mean 'V'?");
  EXPECT_EQ(error_of<Bytes>("1 GB"),
            "'1 GB' has the unknown unit 'GB'; write it in B, kB, KiB, MB or MiB");
  for (const char* text :
       {"", "V", ".5 V", "inf V", "nan V", "+5 V", "- 5 V", "0x10 V", "five V"}) {
    EXPECT_NE(error_of<Volts>(text), "read") << text;
  }
  EXPECT_EQ(error_of<Volts>(""), "'' is not a voltage; write a number and a unit, such as '10 V'");
  EXPECT_NE(error_of<Volts>("1e999 V"), "read");
  EXPECT_EQ(error_of<Volts>("1e308 kV"), "'1e308 kV' is too large; ");
  EXPECT_NE(error_of<Volts>("1e9999999999999999999 V"), "read");
}

TEST(Quantity, Tolerances) {
  for (const char* text : {"\u00B1 1 %", "\u00B11%", "+- 1 %", "+/-1 %"}) {
    EXPECT_EQ(std::get<double>(parse_tolerance(text, dimensionless)), 0.01) << text;
  }
  EXPECT_EQ(std::get<double>(parse_tolerance("\u00B1 5 W", power_dimension)), 5);
  for (const char* text : {"1 %", "\u00B1 -1 %", "\u00B1", "\u00B1 1", "-+ 1 %"}) {
    EXPECT_TRUE(std::holds_alternative<QuantityError>(parse_tolerance(text, dimensionless)))
        << text;
  }
  EXPECT_EQ(std::get<QuantityError>(parse_tolerance("1 %", dimensionless)).hint,
            "write '\u00B1' and a ratio, such as '\u00B1 1 %'");
}

TEST(Quantity, PrintsWithAPrefixThatReadsWell) {
  EXPECT_EQ(to_string(Watts{1500}), "1.5 kW");
  EXPECT_EQ(to_string(Watts{999}), "999 W");
  EXPECT_EQ(to_string(Volts{0.0123}), "12.3 mV");
  EXPECT_EQ(to_string(Volts{-230}), "-230 V");
  EXPECT_EQ(to_string(Watts{0}), "0 W");
  EXPECT_EQ(to_string(Ratio{0}), "0 %");
  EXPECT_EQ(to_string(Ratio{0.01}), "1 %");
  EXPECT_EQ(to_string(Ratio{0.005}), "0.5 %");
  EXPECT_EQ(to_string(Ratio{20e-6}), "20 ppm");
  EXPECT_EQ(to_string(Seconds{60}), "1 min");
  EXPECT_EQ(to_string(Seconds{90}), "90 s");
  EXPECT_EQ(to_string(Seconds{7200}), "2 h");
  EXPECT_EQ(to_string(Seconds{0.25}), "250 ms");
  EXPECT_EQ(to_string(Seconds{1e-12}), "0.001 ns");
  EXPECT_EQ(to_string(Bytes{1048576}), "1 MiB");
  EXPECT_EQ(to_string(Bytes{4096}), "4 KiB");
  EXPECT_EQ(to_string(Bytes{4097}), "4097 B");
  EXPECT_EQ(to_string(Hertz{26e6}), "26 MHz");
  EXPECT_EQ(to_string(Ohms{0.001}), "1 m\u03A9");
  EXPECT_EQ(to_string(Joules{3.6e6}), "1 kWh");
  EXPECT_EQ(to_string(Watts{1e30}), "1e27 kW");
}

template <typename Q>
void round_trips(double value) {
  const std::string text = to_string(Q(value));
  EXPECT_EQ(read<Q>(text), value) << text;
}

TEST(Quantity, WhatIsPrintedIsReadAsTheSameValue) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2'000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value) || std::fabs(value) > 1e290) continue;
    const double usual = static_cast<double>(random() % 1'000'000'000) / 12345.0;
    for (const double v : {value, usual, -usual, std::round(usual)}) {
      round_trips<Watts>(v);
      round_trips<Ratio>(v);
      round_trips<Seconds>(v);
      round_trips<Bytes>(v);
      round_trips<Joules>(v);
    }
  }
}

TEST(UnitTable, IsSound) {
  std::set<std::string_view> symbols;
  for (const Unit& unit : unit_table()) {
    EXPECT_TRUE(symbols.insert(unit.symbol).second) << unit.symbol << " twice";
    EXPECT_FALSE(unit.symbol.empty());
    EXPECT_GT(unit.factor, 0) << unit.symbol;
    EXPECT_NE(dimension_name(unit.dimension), "quantity") << unit.symbol;
    EXPECT_FALSE(unit_choices(unit.dimension).empty());
    // Every unit is read as one of itself.
    const auto one = parse_quantity("1 " + std::string(unit.symbol), unit.dimension);
    ASSERT_TRUE(std::holds_alternative<double>(one)) << unit.symbol;
    EXPECT_DOUBLE_EQ(std::get<double>(one), unit.factor * std::pow(10, unit.exponent));
  }
}

}  // namespace
}  // namespace plugrig
