#include "sequences/steps/power/reference_model.hpp"

#include <cmath>
#include <stdexcept>

namespace plugrig::steps {
namespace {

double correction_of(const MeterInfo& info, Quantity quantity) {
  if (!info.certificate) return 0;
  switch (quantity) {
    case Quantity::voltage:
      return info.certificate->voltage_correction;
    case Quantity::current:
      return info.certificate->current_correction;
    case Quantity::power:
      break;
  }
  return info.certificate->power_correction;
}

}  // namespace

const QuantityNames& names_of(Quantity quantity) {
  static constexpr std::array<QuantityNames, 3> names{
      {{"voltage", "V", "U"}, {"current", "A", "I"}, {"power", "W", "P"}}};
  return names[static_cast<std::size_t>(quantity)];
}

Quantity quantity_of(const metrology::PointResult& result) {
  for (const auto quantity : kQuantities)
    if (names_of(quantity).name == result.quantity) return quantity;
  throw std::logic_error("result of an unknown quantity: " + result.quantity);
}

double ReferenceModel::at_load(Quantity quantity, double raw, double load_A) const {
  const double corrected = raw * (1 + correction_of(info_, quantity));
  switch (quantity) {
    case Quantity::voltage:
      return corrected - load_A * chain_.before_ohm;
    case Quantity::power:
      return corrected - tare_.power_W - load_A * load_A * chain_.before_ohm;
    case Quantity::current:
      break;
  }
  // The load is resistive: its current is in phase with the voltage.
  const double reactive_A = tare_.reactive_A + chain_.behind.reactive_A;
  const double in_phase = corrected * corrected - reactive_A * reactive_A;
  const double through_A = (in_phase > 0 ? std::sqrt(in_phase) : 0) - tare_.active_A;
  return chain_.plugs > 0 ? std::hypot(through_A, chain_.behind.reactive_A) : through_A;
}

double ReferenceModel::at_no_load(Quantity quantity) const {
  const Tare& behind = chain_.behind;
  if (quantity == Quantity::power) return behind.power_W;
  return quantity == Quantity::current ? std::hypot(behind.active_A, behind.reactive_A) : 0;
}

double ReferenceModel::no_load_u(Quantity quantity) const {
  if (quantity == Quantity::power) return chain_.behind.u_power_W;
  return quantity == Quantity::current ? chain_.behind.u_current_A : 0;
}

double ReferenceModel::drop_half_width(Quantity quantity, double load_A) const {
  const double drop_V = load_A * chain_.before_half_width_ohm;
  if (quantity == Quantity::power) return load_A * drop_V;
  return quantity == Quantity::voltage ? drop_V : 0;
}

double ReferenceModel::tare_u(Quantity quantity) const {
  if (quantity == Quantity::power) return tare_.u_power_W;
  return quantity == Quantity::current ? tare_.u_current_A : 0;
}

double ReferenceModel::certificate_U(Quantity quantity, double value) const {
  if (!info_.certificate) return 0;
  switch (quantity) {
    case Quantity::voltage:
      return info_.certificate->voltage_U * value;
    case Quantity::current:
      return info_.certificate->current_U * value;
    case Quantity::power:
      break;
  }
  return info_.certificate->power_U * value;
}

double ReferenceModel::half_width(Quantity quantity, double value, const MeterRange& range) const {
  switch (quantity) {
    case Quantity::voltage:
      return info_.voltage.half_width(value, range.voltage_V);
    case Quantity::current:
      return info_.current.half_width(value, range.current_A);
    case Quantity::power:
      break;
  }
  return info_.power.half_width(value, range.voltage_V * range.current_A);
}

double ReferenceModel::resolution(Quantity quantity) const {
  switch (quantity) {
    case Quantity::voltage:
      return info_.voltage_resolution_V;
    case Quantity::current:
      return info_.current_resolution_A;
    case Quantity::power:
      break;
  }
  return info_.power_resolution_W;
}

metrology::ReferenceMeter reference_of(const MeterInfo& info) {
  metrology::ReferenceMeter meter;
  meter.name = info.name;
  meter.model = info.model;
  meter.serial = info.serial;
  meter.profile = info.profile;
  if (!info.certificate) return meter;
  meter.certificate_number = info.certificate->number;
  meter.certificate_laboratory = info.certificate->laboratory;
  meter.calibrated = info.certificate->calibrated;
  meter.due = info.certificate->due;
  meter.certificate_sha256 = info.certificate->sha256;
  return meter;
}

}  // namespace plugrig::steps
