#include "rig/engine/sequence_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rig/core/did_you_mean.hpp"

namespace plugrig {
namespace {

constexpr Duration kTimeoutWhenNoneIsKnown = std::chrono::minutes{1};

const std::vector<FieldSpec>& option_table() {
  static const std::vector<FieldSpec> table{
      {.name = "retries",
       .type = FieldType::integer,
       .fallback = "0",
       .help = "how often the step is run again when it does not pass",
       .choices = {},
       .minimum = 0,
       .maximum = 10},
      {.name = "timeout",
       .type = FieldType::duration,
       .help = "longest time of one attempt",
       .choices = {},
       .minimum = 0.001,
       .maximum = 24 * 3600.0},
      {.name = "on_fail",
       .type = FieldType::choice,
       .fallback = "stop",
       .help = "go on with the next step, or stop, when the step did not pass",
       .choices = {"stop", "continue"}},
      {.name = "power_cycle_before_retry",
       .type = FieldType::boolean,
       .fallback = "false",
       .help = "take the unit's supply away before each further attempt"},
      {.name = "name", .type = FieldType::text, .help = "the step's name on screen and in records"},
  };
  return table;
}

bool is_option(std::string_view key) {
  const auto& table = option_table();
  return std::any_of(table.begin(), table.end(),
                     [&](const FieldSpec& field) { return field.name == key; });
}

class ItemReader {
 public:
  ItemReader(const StepPlace& place, const StepReading& reading)
      : place_(place), reading_(reading) {}

  /// False when the item is too wrong to be a step.
  bool read(const yaml::Node& item, SequenceStep& step) {
    if (item.kind != yaml::Kind::map) {
      const std::string hint =
          item.kind == yaml::Kind::scalar ? fmt::format("write '- {}:'", item.text) : "";
      error(item.place, "a step must be a map of its name and parameters", hint);
      return false;
    }
    const yaml::Entry* entry = step_entry(item);
    read_options(item, entry, step);
    if (entry == nullptr) return false;
    step.type = reading_.registry.find(entry->key);
    if (step.type == nullptr) return false;
    step.place = entry->key_place;
    step.params = entry->value;
    if (step.name.empty()) step.name = entry->key;
    const auto values =
        read_fields(entry->value, step.type->fields, fmt::format("step '{}'", entry->key),
                    reading_.file, reading_.problems, reading_.variables);
    if (step.type->loads)
      step.loads = step.type->loads({values, entry->value, reading_.file}, reading_.problems);
    if (step.timeout == Duration{}) step.timeout = default_timeout(*step.type);
    check(item, step);
    return true;
  }

 private:
  void error(SourcePlace at, std::string message, std::string hint = {}) {
    reading_.problems.error(reading_.file, at, std::move(message), std::move(hint));
  }

  static Duration default_timeout(const StepType& type) {
    return type.default_timeout > Duration{} ? type.default_timeout : kTimeoutWhenNoneIsKnown;
  }

  /// The entry that names the step. Names of steps have a dot, names of options have none.
  const yaml::Entry* step_entry(const yaml::Node& item) {
    const yaml::Entry* found = nullptr;
    for (const yaml::Entry& entry : item.entries) {
      if (!names_a_step(entry.key)) continue;
      if (found != nullptr) {
        error(entry.key_place, fmt::format("second step '{}' in one item", entry.key),
              fmt::format("begin it with '- {}:'", entry.key));
        continue;
      }
      found = &entry;
      if (reading_.registry.find(entry.key) == nullptr) unknown_step(entry);
    }
    if (found == nullptr) {
      error(item.place, "this item names no step", "write '- NAME:' as its first line");
    }
    return found;
  }

  [[nodiscard]] bool names_a_step(const std::string& key) const {
    if (is_option(key)) return false;
    return key.find('.') != std::string::npos || reading_.registry.find(key) != nullptr;
  }

  void unknown_step(const yaml::Entry& entry) {
    error(entry.key_place, fmt::format("unknown step '{}'", entry.key),
          did_you_mean(entry.key, reading_.registry.names(), "'plugrig steps' lists them"));
  }

  void read_options(const yaml::Node& item, const yaml::Entry* named, SequenceStep& step) {
    yaml::Node options = item;
    std::erase_if(options.entries, [&](const yaml::Entry& e) { return names_a_step(e.key); });
    const std::string what =
        named == nullptr ? "step" : fmt::format("options of step '{}'", named->key);
    const FieldValues fields = read_fields(options, option_table(), what, reading_.file,
                                           reading_.problems, reading_.shown);
    if (fields.has("retries")) step.retries = static_cast<int>(fields.integer("retries"));
    if (fields.has("timeout")) step.timeout = fields.duration("timeout");
    if (fields.has("on_fail")) step.stop_on_fail = fields.text("on_fail") == "stop";
    if (fields.has("power_cycle_before_retry")) {
      step.power_cycle_before_retry = fields.boolean("power_cycle_before_retry");
    }
    if (fields.has("name")) step.name = fields.text("name");
  }

  void check(const yaml::Node& item, const SequenceStep& step) {
    if (step.type->needs_loader && place_.mains_on) {
      error(step.place,
            fmt::format("'{}' needs 3.3 V and the UART, and stage '{}' has mains on",
                        step.type->name, place_.stage),
            "move the step to a stage with 'mains: off'");
    }
    if (step.type->needs_mains && (place_.clean_up || !place_.mains_on)) {
      error(step.place,
            fmt::format("'{}' needs mains, and {}", step.type->name,
                        place_.clean_up ? "clean-up runs with mains off"
                                        : fmt::format("stage '{}' has mains off", place_.stage)),
            "move the step to a stage with 'mains: on'");
    }
    if (step.power_cycle_before_retry && step.retries == 0) {
      unreachable(item, "power_cycle_before_retry", "there are no retries",
                  "give 'retries' as well");
    }
    if (place_.clean_up && item.find("on_fail") != nullptr) {
      unreachable(item, "on_fail", "clean-up always goes on with its next step",
                  "remove 'on_fail'");
    }
    if (step.timeout < step.type->usual_time) {
      reading_.problems.warning(
          reading_.file, step.place,
          fmt::format("'{}' may take {} s and usually takes {} s", step.type->name,
                      seconds(step.timeout), seconds(step.type->usual_time)),
          "give a longer 'timeout'");
    }
  }

  void unreachable(const yaml::Node& item, std::string_view option, std::string_view why,
                   const std::string& hint) {
    for (const yaml::Entry& entry : item.entries) {
      if (entry.key != option) continue;
      error(entry.key_place, fmt::format("'{}' has no effect: {}", option, why), hint);
    }
  }

  static double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
  }

  const StepPlace& place_;
  const StepReading& reading_;
};

}  // namespace

std::vector<SequenceStep> read_steps(const yaml::Node& list, const StepPlace& place,
                                     const StepReading& reading) {
  std::vector<SequenceStep> steps;
  int index = place.first_index;
  for (const yaml::Node& item : list.items) {
    SequenceStep step;
    step.index = index;
    step.stage = place.stage;
    if (!ItemReader(place, reading).read(item, step)) continue;
    steps.push_back(std::move(step));
    ++index;
  }
  return steps;
}

}  // namespace plugrig
