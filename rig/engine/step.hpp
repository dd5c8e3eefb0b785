#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/api/slot_devices.hpp"
#include "rig/core/clock.hpp"
#include "rig/core/event.hpp"
#include "rig/core/field_spec.hpp"
#include "rig/engine/mains_access.hpp"
#include "rig/engine/product.hpp"
#include "rig/engine/step_time.hpp"
#include "rig/record/recorder.hpp"

namespace plugrig {

/// What a step sees while it runs: the slot's devices, its own checked parameters, the time, and a
/// way to leave evidence. Used by the slot's thread only.
class StepContext {
 public:
  virtual ~StepContext() = default;

  [[nodiscard]] virtual const FieldValues& params() const = 0;
  [[nodiscard]] virtual SlotDevices& devices() = 0;
  [[nodiscard]] virtual Clock& clock() = 0;
  /// What is true of the product.
  [[nodiscard]] virtual const PlugInfo& plug() const = 0;
  /// Name of the slot, as printed on the fixture.
  [[nodiscard]] virtual std::string slot() const = 0;
  /// The mains gate, for this slot. Fault `safety.no_mains` (config) in a stage with mains off, and
  /// on a slot without mains.
  [[nodiscard]] virtual MainsAccess& mains() = 0;
  /// What happened to the unit so far: attempts that ended, facts, measurements.
  [[nodiscard]] virtual const UnitRecord& record() const = 0;
  /// Start of the newest earlier record of the store; empty when there is none.
  [[nodiscard]] virtual std::optional<UtcTime> last_recorded() const = 0;
  /// Earlier records of the same serial or MAC, newest first, without this unit's own. Blocks for
  /// the disk; Fault `store.*`.
  [[nodiscard]] virtual std::vector<SeenUnit> seen_units(std::string_view /*serial*/,
                                                         std::string_view /*mac*/) const {
    return {};
  }
  /// A secret that came up while running: no event, record or text file will show it.
  virtual void add_secret(std::string_view secret) = 0;
  /// End of this attempt's time, with the stop of the run.
  [[nodiscard]] virtual const Deadline& deadline() const = 0;

  /// One line for the person at the bench, kept in the record.
  virtual void say(std::string text) = 0;
  virtual void progress(std::string_view phase, std::uint32_t address, std::uint32_t done,
                        std::uint32_t total) = 0;
  /// The same for things that are counted: "points", "starts".
  virtual void counted(std::string_view /*phase*/, std::string_view /*what*/,
                       std::uint32_t /*done*/, std::uint32_t /*total*/) {}
  /// What is now known of the unit ("mac", "chip", "flash_id", "firmware"); later steps may use it
  /// as `{{unit.NAME}}`.
  virtual void fact(std::string name, std::string value) = 0;
  [[nodiscard]] virtual const std::map<std::string, std::string, std::less<>>& facts() const = 0;
  virtual void measure(Measurement measurement) = 0;
  /// Keeps bytes with the record; `sensitive` ones (flash backups hold credentials) are stored
  /// 0600 and marked. Returns the path written.
  virtual std::string attach(std::string name, std::string media_type,
                             std::vector<std::uint8_t> bytes, bool sensitive) = 0;
};

/// A load point that a step is going to ask the bench for.
struct NeededLoad {
  double watts = 0;
  SourcePlace place;  ///< in the sequence file
};

/// A step's parameters as its sequence file has them.
struct StepParams {
  const FieldValues& values;
  const yaml::Node& node;  ///< for the places of what `values` holds
  const std::string& file;
};

/// One kind of step, declared beside its code.
struct StepType {
  std::string name;       ///< "flash.write"
  std::string help = {};  ///< one line
  std::vector<FieldSpec> fields = {};
  Duration default_timeout{};
  Duration usual_time{};      ///< for `plan`
  bool needs_loader = false;  ///< needs 3.3 V and UART: mains must be locked out
  bool needs_mains = false;   ///< asks the mains gate: its stage must say `mains: on`
  /// Lines of the fixture that its slot must have, by their names in bench files ("button").
  std::vector<std::string> needs_lines = {};
  /// Takes the network from all plugs of the bench: only where the bench can do that, and while no
  /// other slot is in a stage.
  bool takes_network = false;
  std::function<void(StepContext&)> run;  ///< returns = pass; throws Fault or Stopped
  /// Shows that what the step did to this unit earlier still holds, without doing it again, with
  /// the same parameters and devices; throws Fault when it does not. Empty: only running the step
  /// again shows it.
  std::function<void(StepContext&)> prove = {};
  /// The load points that the step will ask for, before anything runs; a text that is none goes to
  /// the problems. What depends on values that are not known yet is left out.
  std::function<std::vector<NeededLoad>(const StepParams&, Problems&)> loads = {};
  /// How long an attempt with these parameters usually takes, from the same constants that the step
  /// works by. Values that are not known yet are absent, or text that is not typed. Empty: always
  /// `usual_time`, without reference and load.
  std::function<StepTime(const FieldValues&, const PlanFacts&)> usual = {};
};

/// The step library, filled by the composition root. Immutable once handed to the engine.
class StepRegistry {
 public:
  /// std::logic_error when the name is taken.
  void add(StepType type);
  [[nodiscard]] const StepType* find(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] const std::map<std::string, StepType, std::less<>>& all() const { return types_; }

 private:
  std::map<std::string, StepType, std::less<>> types_;
};

}  // namespace plugrig
