#include "rig/engine/serial_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "rig/core/problem.hpp"
#include "rig/engine/serial_pattern.hpp"

namespace plugrig {
namespace {

constexpr std::size_t kMacDigits = 12;

Fault operator_fault(std::string id, std::string happened, std::string next,
                     std::vector<Evidence> evidence = {}) {
  return {std::move(id), Blame::operator_, std::move(happened), std::move(next),
          std::move(evidence)};
}

Fault refused(const SerialRules& rules, const char* id, std::string_view serial,
              std::string_view why) {
  std::string next = "Scan the serial's label again; look whether it is the label of this product.";
  if (!rules.example.empty()) next += fmt::format(" A serial looks like {}.", rules.example);
  return operator_fault(id, fmt::format("{} is no serial: {}.", in_quotes(serial), why), next,
                        {{"scanned", std::string(serial)}});
}

bool is_text(std::string_view serial) {
  return !serial.empty() && serial.size() <= kLongestSerial && serial.front() != ' ' &&
         serial.back() != ' ' &&
         std::all_of(serial.begin(), serial.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// A serial taken apart: what the check digit guards, its check characters, and all without them.
struct Parts {
  std::string guarded, check, number;
};

std::optional<Parts> parts_of(const SerialRules& rules, const std::string& serial) {
  std::size_t at = 0;
  std::size_t length = serial.size();
  if (!rules.pattern.empty()) {
    const auto match = match_pattern(rules.pattern, serial);
    if (!match) return std::nullopt;
    if (match->has_group) {
      at = match->group_at;
      length = match->group_length;
    }
  }
  const std::size_t check = std::min(check_length(rules.check_digit), length);
  Parts parts;
  parts.guarded = serial.substr(at, length - check);
  parts.check = serial.substr(at + length - check, check);
  parts.number = serial.substr(0, at + length - check) + serial.substr(at + length);
  return parts;
}

bool in_range(const SerialRules& rules, const std::string& number) {
  return rules.first.empty() ||
         (number.size() == rules.first.size() && number >= rules.first && number <= rules.last);
}

std::string verdict_text(const SeenUnit& unit) {
  return unit.finished ? std::string(to_display(unit.verdict)) : "not finished";
}

std::vector<Evidence> evidence_of(const Binding& binding, const SeenUnit& unit) {
  return {{"this unit", fmt::format("serial {}, MAC {}", binding.serial, binding.mac)},
          {"record " + unit.unit_id,
           fmt::format("serial {}, MAC {}, {}", unit.serial, unit.mac, verdict_text(unit))}};
}

bool bound_elsewhere(const Binding& binding, const SeenUnit& unit) {
  if (unit.serial.empty() || unit.mac.empty()) return false;
  return (unit.serial == binding.serial) != (unit.mac == binding.mac);
}

bool tested(const Binding& binding, const SeenUnit& unit) {
  return unit.finished && unit.serial == binding.serial && unit.sequence == binding.sequence &&
         unit.run_id != binding.run_id &&
         (unit.verdict == Verdict::pass || unit.verdict == Verdict::fail);
}

Fault elsewhere_fault(const Binding& binding, const SeenUnit& unit) {
  const bool same_serial = unit.serial == binding.serial;
  return operator_fault(
      "serial.bound_elsewhere",
      same_serial ? fmt::format("Serial {} belongs to another plug: the one with MAC {}.",
                                binding.serial, unit.mac)
                  : fmt::format("This plug (MAC {}) has the serial {} already, and {} was scanned.",
                                binding.mac, unit.serial, binding.serial),
      fmt::format("Compare the labels: was a neighbour's label scanned, or stuck on? If record {} "
                  "is the wrong one and no PASS: plugrig label {} --release-serial.",
                  unit.unit_id, unit.unit_id),
      evidence_of(binding, unit));
}

}  // namespace

std::optional<std::string> serial_of_mac(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c == ':' || c == '-') continue;
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return std::nullopt;
    digits += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  if (digits.size() != kMacDigits) return std::nullopt;
  return digits;
}

std::optional<Fault> serial_fault(const SerialRules& rules, std::string_view serial) {
  if (!is_text(serial))
    return refused(rules, "serial.text", serial,
                   fmt::format("a serial has 1 to {} printable characters", kLongestSerial));
  if (rules.source == SerialRules::Source::not_stated) return std::nullopt;
  if (rules.source == SerialRules::Source::mac) {
    if (serial_of_mac(serial)) return std::nullopt;
    return refused(rules, "serial.not_a_mac", serial, "the MAC is the serial of this product");
  }
  const auto parts = parts_of(rules, std::string(serial));
  if (!parts)
    return refused(rules, "serial.pattern", serial,
                   fmt::format("it does not have the form {}", rules.pattern));
  const auto right = check_characters(rules.check_digit, parts->guarded);
  if (!right || *right != parts->check)
    return refused(rules, "serial.check_digit", serial,
                   fmt::format("its check digit is wrong ({})", to_string(rules.check_digit)));
  if (!in_range(rules, parts->number))
    return refused(rules, "serial.range", serial,
                   fmt::format("it is not from {} to {}", rules.first, rules.last));
  return std::nullopt;
}

std::optional<Fault> binding_fault(const SerialRules& rules, const Binding& binding,
                                   const std::vector<SeenUnit>& seen) {
  for (const SeenUnit& unit : seen)
    if (bound_elsewhere(binding, unit)) return elsewhere_fault(binding, unit);
  if (rules.seen_before == SeenBefore::allow_retest) return std::nullopt;
  for (const SeenUnit& unit : seen) {
    if (!tested(binding, unit)) continue;
    return operator_fault(
        "serial.seen_before",
        fmt::format("Serial {} was tested before, with {}.", binding.serial, verdict_text(unit)),
        fmt::format("Set the unit aside; record {} says what became of it.", unit.unit_id),
        evidence_of(binding, unit));
  }
  return std::nullopt;
}

}  // namespace plugrig
