#include "rig/engine/scan_desk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "rig/core/did_you_mean.hpp"
#include "rig/core/problem.hpp"
#include "rig/engine/serial_rules.hpp"

namespace plugrig {
namespace {

constexpr std::string_view kSlotLabel = "SLOT ";

ScanRefused refused(const char* id, std::string happened, std::string next) {
  return {{id, Blame::operator_, std::move(happened), std::move(next)}};
}

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::toupper(x) == std::toupper(y);
  });
}

}  // namespace

bool label_names(const LabelledUnit& unit, std::string_view scanned) {
  if (scanned.empty()) return false;
  if (scanned == unit.unit_id || scanned == unit.serial) return true;
  const auto mac = serial_of_mac(scanned);
  return mac && mac == serial_of_mac(unit.mac);
}

Fault other_label(const LabelledUnit& unit, std::string_view scanned) {
  return {"label.other_unit",
          Blame::operator_,
          fmt::format("{} is not the label of unit {} from slot {} ({}).", in_quotes(scanned),
                      unit.unit_id, unit.slot, unit.serial.empty() ? unit.mac : unit.serial),
          "Look which label is stuck on which plug; print the right one again with plugrig label.",
          {{"scanned", std::string(scanned)},
           {"serial", unit.serial},
           {"MAC", unit.mac},
           {"certificate", unit.unit_id}}};
}

ScanDesk::ScanDesk(std::vector<std::string> slots, Check check)
    : slots_(std::move(slots)), check_(std::move(check)) {}

void ScanDesk::wants(const std::string& slot) {
  in_work_.erase(slot);
  waiting_.insert(slot);
}

void ScanDesk::wants_no_more(const std::string& slot) { waiting_.erase(slot); }

std::optional<std::string> ScanDesk::take(const std::string& slot) {
  const auto given = given_.find(slot);
  if (given == given_.end()) return std::nullopt;
  std::string text = std::move(given->second);
  given_.erase(given);
  return text;
}

ScanAnswer ScanDesk::scan(const std::string& text, Instant now) {
  if (text.size() > kSlotLabel.size() &&
      same_letters(std::string_view(text).substr(0, kSlotLabel.size()), kSlotLabel))
    return choose(std::string_view(text).substr(kSlotLabel.size()), now);
  const std::string chosen = now <= chosen_until_ ? chosen_ : std::string();
  if (auto confirmed = confirm(text, chosen)) return std::move(*confirmed);
  return give(text, chosen);
}

ScanAnswer ScanDesk::choose(std::string_view name, Instant now) {
  const auto slot = std::find_if(slots_.begin(), slots_.end(),
                                 [&](const std::string& s) { return same_letters(s, name); });
  if (slot == slots_.end()) {
    return refused("scan.unknown_slot",
                   fmt::format("There is no slot {} in this run.", in_quotes(name)),
                   did_you_mean_or_known(std::string(name), slots_, "Scan the label of a slot."));
  }
  const bool has_label = std::any_of(unconfirmed_.begin(), unconfirmed_.end(),
                                     [&](const LabelledUnit& unit) { return unit.slot == *slot; });
  if (!waiting_.contains(*slot) && !has_label) {
    return refused("scan.slot_busy", fmt::format("Slot {} does not wait for a scan.", *slot),
                   "Wait until the unit in it is done. " + waiting_text());
  }
  chosen_ = *slot;
  chosen_until_ = now + kChosenFor;
  return SlotChosen{*slot};
}

std::optional<ScanAnswer> ScanDesk::confirm(const std::string& text, const std::string& chosen) {
  const auto named = [&](const LabelledUnit& unit) { return label_names(unit, text); };
  const auto unit = std::find_if(unconfirmed_.begin(), unconfirmed_.end(), named);
  if (unit != unconfirmed_.end()) {
    if (!chosen.empty() && unit->slot != chosen) {
      const auto meant =
          std::find_if(unconfirmed_.begin(), unconfirmed_.end(),
                       [&](const LabelledUnit& other) { return other.slot == chosen; });
      return ScanRefused{other_label(meant == unconfirmed_.end() ? *unit : *meant, text)};
    }
    LabelConfirmed confirmed{*unit};
    closed_.push_back(*unit);
    unconfirmed_.erase(unit);
    chosen_.clear();
    return confirmed;
  }
  // The label of a unit that is closed, while another waits for its own, or none could be started.
  const auto closed = std::find_if(closed_.begin(), closed_.end(), named);
  if (closed == closed_.end() || (!waiting_.empty() && text != closed->unit_id)) return {};
  return ScanRefused{other_label(unconfirmed_.empty() ? *closed : unconfirmed_.front(), text)};
}

ScanAnswer ScanDesk::give(const std::string& text, const std::string& chosen) {
  if (auto fault = check_ ? check_(text) : std::nullopt) return ScanRefused{std::move(*fault)};
  for (const auto& [slot, serial] : in_work_) {
    if (serial == text)
      return refused("serial.in_work", fmt::format("{} is in slot {} already.", text, slot),
                     "Scan the label of the unit that you are about to load.");
  }
  if (waiting_.empty())
    return refused("scan.no_slot", fmt::format("No slot waits for {}.", in_quotes(text)),
                   "Wait until a slot is free, load the unit and scan it again.");
  if (!chosen.empty() && !waiting_.contains(chosen))
    return refused("scan.slot_busy", fmt::format("Slot {} does not wait for a unit.", chosen),
                   waiting_text());
  if (chosen.empty() && waiting_.size() > 1)
    return refused("scan.which_slot", "Several slots wait for a unit.",
                   "Scan the label of the slot first, then the unit. " + waiting_text());
  const std::string slot = chosen.empty() ? *waiting_.begin() : chosen;
  waiting_.erase(slot);
  chosen_.clear();
  given_[slot] = text;
  in_work_[slot] = text;
  return ScanTaken{slot, text};
}

void ScanDesk::label_given(LabelledUnit unit) {
  std::erase_if(unconfirmed_, [&](const auto& other) { return other.unit_id == unit.unit_id; });
  unconfirmed_.push_back(std::move(unit));
}

std::string ScanDesk::waiting_text() const {
  if (waiting_.empty()) return "No slot waits.";
  std::string slots;
  for (const auto& slot : waiting_) slots += (slots.empty() ? "" : ", ") + slot;
  return fmt::format("Waiting: {}.", slots);
}

}  // namespace plugrig
