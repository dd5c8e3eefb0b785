#include "drivers/modbus/meter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "drivers/modbus/pdu.hpp"
#include "drivers/modbus/renamed_fault.hpp"

namespace plugrig::modbus {

namespace {

/// From here on the meter sees mains, and its frequency register must hold mains frequency.
constexpr double mains_there_V = 50;

/// Room for what the accuracy does not say: three quantities that are not of quite the same moment.
constexpr double apparent_power_margin = 1.05;

MeterInfo info_of(const MeterProfile& profile, const MeterIdentity& identity) {
  MeterInfo info;
  info.name = identity.name;
  info.model = profile.model;
  info.serial = identity.serial;
  info.profile = profile.name;
  info.refresh = profile.refresh;
  info.voltage = profile.voltage_accuracy;
  info.current = profile.current_accuracy;
  info.power = profile.power_accuracy;
  info.voltage_resolution_V = profile.voltage_resolution_V;
  info.current_resolution_A = profile.current_resolution_A;
  info.power_resolution_W = profile.power_resolution_W;
  info.certificate = identity.certificate;
  return info;
}

/// The smallest range that holds `value`, else the largest.
double range_for(const std::vector<double>& ranges, double value) {
  if (ranges.empty()) return 0;
  const auto found = std::ranges::lower_bound(ranges, std::abs(value));
  return found == ranges.end() ? ranges.back() : *found;
}

class ModbusMeter final : public PowerMeter {
 public:
  ModbusMeter(MeterProfile profile, MeterIdentity identity, ModbusBus& bus)
      : profile_(std::move(profile)),
        identity_(std::move(identity)),
        info_(info_of(profile_, identity_)),
        bus_(bus) {}

  [[nodiscard]] const MeterInfo& info() const override { return info_; }

  [[nodiscard]] MeterRange range_at(double voltage_V, double current_A) const override {
    return {range_for(profile_.ranges_V, voltage_V), range_for(profile_.ranges_A, current_A)};
  }

  PowerReading read(const Deadline& deadline) override {
    const Reply reply = request(profile_.block, deadline);
    const std::vector<std::uint16_t> words = registers_in(reply.pdu);
    PowerReading reading = with_time(reply);
    reading.voltage_V = value(profile_.voltage, profile_.block, words, "voltage", "V");
    reading.current_A = value(profile_.current, profile_.block, words, "current", "A");
    reading.power_W = value(profile_.power, profile_.block, words, "power", "W");
    if (profile_.frequency && in_block(*profile_.frequency)) {
      reading.frequency_Hz = value(profile_.frequency, profile_.block, words, "frequency", "Hz");
    }
    if (!reading.voltage_V && !reading.current_A && !reading.power_W) throw no_data();
    if (!map_checked_) check_map(reading, deadline);
    check_power(reading);
    return reading;
  }

 private:
  Reply request(const Block& block, const Deadline& deadline) {
    const ModbusFrame frame{identity_.unit, read_pdu(profile_.function, block.first, block.count)};
    const RequestOptions options{.response_timeout =
                                     std::max(relay_bus_response_limit, 2 * profile_.latency)};
    try {
      return bus_.request(frame, options, deadline);
    } catch (const Fault& fault) {
      throw renamed(fault, "meter", identity_.name, bus_.name());
    }
  }

  /// The device fills its answer somewhere between request and answer, from registers that are up
  /// to one refresh old and hold the mean over one refresh: so the middle of the averaging window
  /// lies half a refresh to one and a half before that (Modbus notes §5).
  [[nodiscard]] PowerReading with_time(const Reply& reply) const {
    const Duration exchange = reply.received - reply.sent;
    PowerReading reading;
    reading.at = reply.sent + exchange / 2 - profile_.refresh;
    reading.half_width = (profile_.refresh + exchange) / 2;
    return reading;
  }

  [[nodiscard]] bool in_block(const MeterValue& value) const {
    const std::size_t end = value.address + registers_of(value.format.type);
    return value.address >= profile_.block.first &&
           end <= std::size_t{profile_.block.first} + profile_.block.count;
  }

  std::optional<double> value(const std::optional<MeterValue>& where, const Block& block,
                              std::span<const std::uint16_t> words, std::string_view name,
                              std::string_view unit) {
    if (!where) return std::nullopt;
    const auto own = words.subspan(static_cast<std::size_t>(where->address - block.first),
                                   registers_of(where->format.type));
    const std::uint64_t raw = raw_value(own, where->format);
    if (std::ranges::find(where->not_available, raw) != where->not_available.end()) {
      return std::nullopt;
    }
    const std::optional<double> number = decode(raw, where->format.type);
    if (!number) return std::nullopt;
    const double result = *number * where->scale;
    if (result >= where->minimum && result <= where->maximum) return result;
    throw Fault("meter.implausible", Blame::instrument,
                fmt::format("{} says {} {} of {}.", identity_.name, result, unit, name),
                fmt::format("Check that it is a {} and that no second program uses its bus.",
                            profile_.model),
                {{"register", fmt::format("0x{:04X}", where->address)},
                 {"raw", fmt::format("0x{:X}", raw)}});
  }

  /// A wrong map reads halves of two numbers, and the frequency tells (Modbus notes §1, last
  /// paragraph).
  void check_map(const PowerReading& reading, const Deadline& deadline) {
    if (!profile_.frequency) {
      map_checked_ = true;
      return;
    }
    if (reading.voltage_V.value_or(0) < mains_there_V) return;  // nothing to see yet
    std::optional<double> frequency = reading.frequency_Hz;
    if (!in_block(*profile_.frequency)) {
      const Block block{profile_.frequency->address,
                        static_cast<std::uint16_t>(registers_of(profile_.frequency->format.type))};
      const Reply reply = request(block, deadline);
      const std::vector<std::uint16_t> words = registers_in(reply.pdu);
      frequency = value(profile_.frequency, block, words, "frequency", "Hz");
    }
    const bool right = frequency && *frequency >= profile_.least_frequency_Hz &&
                       *frequency <= profile_.most_frequency_Hz;
    if (!right) throw wrong_map(frequency);
    map_checked_ = true;
  }

  [[nodiscard]] Fault wrong_map(const std::optional<double>& frequency) const {
    const std::string seen = frequency ? fmt::format("{} Hz", *frequency) : "no number";
    return {"meter.map",
            Blame::config,
            fmt::format("The frequency register of {} holds {}: this is not the register map of a "
                        "{}.",
                        identity_.name, seen, profile_.model),
            "Name the profile of the meter that is really there.",
            {{"profile", profile_.name},
             {"register", fmt::format("0x{:04X}", profile_.frequency->address)}}};
  }

  /// The second net against a reading that is not what was asked (Modbus notes §2.1): no load draws
  /// more watts than volts times amperes.
  void check_power(const PowerReading& reading) const {
    if (!reading.voltage_V || !reading.current_A || !reading.power_W) return;
    const MeterRange range = range_at(*reading.voltage_V, *reading.current_A);
    const double volts = *reading.voltage_V + profile_.voltage_resolution_V +
                         profile_.voltage_accuracy.half_width(*reading.voltage_V, range.voltage_V);
    const double amperes =
        std::abs(*reading.current_A) + profile_.current_resolution_A +
        profile_.current_accuracy.half_width(*reading.current_A, range.current_A);
    const double slack =
        profile_.power_resolution_W +
        profile_.power_accuracy.half_width(*reading.power_W, range.voltage_V * range.current_A);
    if (std::abs(*reading.power_W) <= apparent_power_margin * volts * amperes + slack) return;
    throw Fault("meter.implausible", Blame::instrument,
                fmt::format("{} says {} W, but only {} V and {} A.", identity_.name,
                            *reading.power_W, *reading.voltage_V, *reading.current_A),
                "Check the meter's wiring and transformer ratio, and that no second program uses "
                "its bus.");
  }

  [[nodiscard]] Fault no_data() const {
    return {"meter.no_data", Blame::instrument,
            fmt::format("{} gives no voltage, no current and no power.", identity_.name),
            "Check its display: out of range, or not measuring."};
  }

  const MeterProfile profile_;
  const MeterIdentity identity_;
  const MeterInfo info_;
  ModbusBus& bus_;
  bool map_checked_ = false;
};

}  // namespace

std::unique_ptr<PowerMeter> make_meter(MeterProfile profile, MeterIdentity identity, ModbusBus& bus,
                                       Clock& /*clock*/) {
  return std::make_unique<ModbusMeter>(std::move(profile), std::move(identity), bus);
}

}  // namespace plugrig::modbus
