#include "rig/cli/commands/run_labels.hpp"

#include <fmt/format.h>

#include <utility>

#include "rig/cli/commands/label_files.hpp"
#include "rig/cli/commands/label_printer.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::cli {
void RunLabels::on(const Event& event) noexcept {
  screen_.on(event);
  const auto* ended = std::get_if<event::UnitEnded>(&event.body);
  if (ended == nullptr || !ended->recorded || ended->verdict != Verdict::pass || !options_.any())
    return;
  try {
    label(event, ended->unit_id);
  } catch (const Fault& fault) {
    say(event, fmt::format("NO LABEL: {} Next: {} Then: plugrig label {}", fault.happened(),
                           fault.next(), ended->unit_id));
  } catch (const std::exception& error) {
    say(event, fmt::format("NO LABEL: {}. Then: plugrig label {}", error.what(), ended->unit_id));
  }
}

void RunLabels::label(const Event& event, const std::string& unit_id) {
  const UnitRecord unit = store_.unit(unit_id);
  const LabelSize size = label_size_of_unit(unit);
  if (!options_.folder.empty())
    for (const auto& format : label_formats())
      write_label(options_.folder / (unit_id + "." + format), label_bytes(unit, size, format));
  if (!options_.printer.empty()) {
    const auto zpl = label_bytes(unit, size, "zpl");
    send_to_printer({reinterpret_cast<const char*>(zpl.data()), zpl.size()},  // NOLINT
                    options_.printer);
  }
  if (scans_ == nullptr) return;
  scans_->label_given({unit_id, event.slot, fact_of(unit, "serial"), fact_of(unit, "mac")});
  say(event, "stick the label on and scan it");
}

void RunLabels::say(const Event& event, std::string text) {
  Event told = event;
  told.body = event::StepSaid{"label", std::move(text)};
  screen_.on(told);
}

std::vector<std::string> unconfirmed_labels(const std::vector<UnitRecord>& units) {
  std::vector<std::string> ids;
  for (const UnitRecord& unit : units)
    if (unit.verdict == Verdict::pass && fact_of(unit, "label_scan_back") == "required" &&
        fact_of(unit, "label_confirmed").empty())
      ids.push_back(unit.unit_id);
  return ids;
}

}  // namespace plugrig::cli
