#include <fmt/format.h>

#include <algorithm>

#include "rig/engine/serial_rules.hpp"
#include "sequences/steps/library.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kStep = "unit.serial";

std::string mac_of(const StepContext& context) {
  const auto mac = context.facts().find("mac");
  if (mac != context.facts().end()) return mac->second;
  throw Fault("serial.no_mac", Blame::config,
              "A serial is bound to the plug's MAC, and nothing has read the MAC yet.",
              "Put unit.serial behind flash.identify or plug.join.");
}

/// A scan that started the unit counts once: a retry asks for another.
bool is_first_attempt(const StepContext& context) {
  const auto& attempts = context.record().attempts;
  return std::none_of(attempts.begin(), attempts.end(),
                      [](const AttemptRecord& attempt) { return attempt.step == kStep; });
}

/// The scan that started the unit, or the next one that is meant for this slot.
std::optional<Scan> take_scan(StepContext& context, Duration within) {
  const auto started = context.facts().find("serial_scanned");
  if (started != context.facts().end() && is_first_attempt(context)) return Scan{started->second};
  ScanSource* scans = context.devices().scans;
  if (scans == nullptr) return std::nullopt;
  const Instant limit = context.clock().now() + within;
  return scans->next(context.deadline().no_later_than(limit));
}

std::string scanned_serial(StepContext& context) {
  const auto scan = take_scan(context, context.params().duration("within"));
  if (!scan && context.devices().scans == nullptr) {
    throw Fault("serial.no_scanner", Blame::config,
                "The product has serials that are scanned, and this run has no scanner.",
                "Start the units by scan (--start scan), or write 'serial: mac' for the product.");
  }
  if (!scan) {
    throw Fault("serial.no_scan", Blame::operator_, "Nobody scanned the serial of this unit.",
                "Run the unit again and scan its serial.");
  }
  context.fact("serial_scanned", scan->text);
  if (const auto fault = serial_fault(context.plug().serial, scan->text)) throw Fault(*fault);
  return scan->text;
}

/// The MAC is the serial; a label that was scanned all the same must be this plug's.
std::string serial_from_mac(StepContext& context, const std::string& mac) {
  const auto serial = serial_of_mac(mac);
  if (!serial) {
    throw Fault("serial.no_mac", Blame::software, fmt::format("'{}' is no MAC.", mac),
                "Report this; the unit must be run again.");
  }
  const auto scan = take_scan(context, Duration{});
  if (!scan) return *serial;
  context.fact("serial_scanned", scan->text);
  if (const auto fault = serial_fault(context.plug().serial, scan->text)) throw Fault(*fault);
  if (serial_of_mac(scan->text) != serial) {
    throw Fault(
        "serial.other_mac", Blame::operator_,
        fmt::format("The label says {}, and the plug in this slot has MAC {}.", scan->text, mac),
        "Was a neighbour's label scanned? Scan the label of the plug that is in the slot.",
        {{"scanned", scan->text}, {"MAC of the chip", mac}});
  }
  return *serial;
}

void refuse_bound_elsewhere(const StepContext& context, const std::string& serial,
                            const std::string& mac) {
  const UnitRecord& record = context.record();
  const Binding binding{serial, mac, record.sequence, record.run_id};
  const auto fault = binding_fault(context.plug().serial, binding, context.seen_units(serial, mac));
  if (fault) throw Fault(*fault);
}

void bind_serial(StepContext& context) {
  const std::string mac = mac_of(context);
  const bool by_mac = context.plug().serial.source == SerialRules::Source::mac;
  const std::string serial = by_mac ? serial_from_mac(context, mac) : scanned_serial(context);
  refuse_bound_elsewhere(context, serial, mac);
  context.fact("serial", serial);
  context.say(fmt::format("serial {}, bound to MAC {}", serial, mac));
}

/// The record says which serial the unit has; nothing else may have taken it meanwhile.
void prove_serial(StepContext& context) {
  const auto serial = context.facts().find("serial");
  if (serial == context.facts().end()) {
    throw Fault("serial.not_bound", Blame::host, "The unit's record has no serial.",
                "Scan the unit's serial again.");
  }
  refuse_bound_elsewhere(context, serial->second, mac_of(context));
}

}  // namespace

void add_identity_steps(StepRegistry& registry) {
  registry.add({.name = std::string(kStep),
                .help = "take the unit's scanned serial, check it by the product's rules, and bind "
                        "it to the MAC",
                .fields = {{.name = "within",
                            .type = FieldType::duration,
                            .fallback = "60 s",
                            .help = "how long to wait for a scan that did not start the unit",
                            .minimum = 0,
                            .maximum = 3600}},
                .default_timeout = minutes{2},
                .usual_time = seconds{1},
                .run = bind_serial,
                .prove = prove_serial});
}

}  // namespace plugrig::steps
