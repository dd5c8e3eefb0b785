#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <variant>

#include "rig/core/unit_table.hpp"

namespace plugrig {

/// A value in SI base units whose type carries its dimension: exponents of volt, ampere, second
/// and byte. Adding or comparing different dimensions does not compile; multiplying and dividing
/// gives the right one. A dimensionless quantity is a plain number and converts to double.
template <int V, int A, int S, int B = 0>
class Quantity {
 public:
  static constexpr Dimension dimension{V, A, S, B};

  constexpr Quantity() = default;
  /// `value` in the base unit: V, A, s, B, W, Ω, Hz, J, 1.
  explicit constexpr Quantity(double value) : value_(value) {}

  [[nodiscard]] constexpr double value() const { return value_; }
  // NOLINTNEXTLINE(google-explicit-constructor): a ratio is a number
  constexpr operator double() const requires(V == 0 && A == 0 && S == 0 && B == 0) {
    return value_;
  }

  constexpr Quantity operator-() const { return Quantity(-value_); }
  constexpr Quantity& operator+=(Quantity other) { return *this = *this + other; }
  constexpr Quantity& operator-=(Quantity other) { return *this = *this - other; }
  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity(a.value_ + b.value_);
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity(a.value_ - b.value_);
  }
  friend constexpr Quantity operator*(Quantity a, double b) { return Quantity(a.value_ * b); }
  friend constexpr Quantity operator*(double a, Quantity b) { return Quantity(a * b.value_); }
  friend constexpr Quantity operator/(Quantity a, double b) { return Quantity(a.value_ / b); }
  friend constexpr bool operator==(Quantity a, Quantity b) = default;
  friend constexpr auto operator<=>(Quantity a, Quantity b) = default;

 private:
  double value_ = 0;
};

using Ratio = Quantity<0, 0, 0>;
using Volts = Quantity<1, 0, 0>;
using Amperes = Quantity<0, 1, 0>;
using Seconds = Quantity<0, 0, 1>;
using Hertz = Quantity<0, 0, -1>;
using Watts = Quantity<1, 1, 0>;
using Ohms = Quantity<1, -1, 0>;
using Joules = Quantity<1, 1, 1>;
using Bytes = Quantity<0, 0, 0, 1>;
using BytesPerSecond = Quantity<0, 0, -1, 1>;

template <int V1, int A1, int S1, int B1, int V2, int A2, int S2, int B2>
constexpr auto operator*(Quantity<V1, A1, S1, B1> a, Quantity<V2, A2, S2, B2> b) {
  return Quantity<V1 + V2, A1 + A2, S1 + S2, B1 + B2>(a.value() * b.value());
}

template <int V1, int A1, int S1, int B1, int V2, int A2, int S2, int B2>
constexpr auto operator/(Quantity<V1, A1, S1, B1> a, Quantity<V2, A2, S2, B2> b) {
  return Quantity<V1 - V2, A1 - A2, S1 - S2, B1 - B2>(a.value() / b.value());
}

template <int V, int A, int S, int B>
constexpr auto operator/(double a, Quantity<V, A, S, B> b) {
  return Quantity<-V, -A, -S, -B>(a / b.value());
}

/// "1 kW" as Watts; see `parse_quantity` for what is read. The error says what to write instead.
template <typename Q>
std::variant<Q, QuantityError> parse(std::string_view text) {
  auto parsed = parse_quantity(text, Q::dimension);
  if (auto* error = std::get_if<QuantityError>(&parsed)) return std::move(*error);
  return Q(std::get<double>(parsed));
}

/// Readable and exact: `parse<Q>(to_string(q))` gives `q` back.
template <int V, int A, int S, int B>
std::string to_string(Quantity<V, A, S, B> quantity) {
  return print_quantity(quantity.value(), Quantity<V, A, S, B>::dimension);
}

}  // namespace plugrig
