#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "rig/engine/run.hpp"
#include "rig/record/store.hpp"

namespace plugrig::test {

/// A unit as it really is, whatever records say.
struct RealUnit {
  std::string mac;
  bool written = false;
  bool configured = false;
  bool bad = false;  ///< fails its measurement
};

/// Lets the rig die at a call of the recorder: that call may or may not have been written, none
/// after it is, and the run is told to stop.
class DyingRecorder final : public Recorder {
 public:
  /// `dies_at` counts from 1; 0 = never.
  DyingRecorder(Recorder& recorder, int dies_at, bool last_is_written)
      : recorder_(recorder), dies_at_(dies_at), last_is_written_(last_is_written) {}
  std::function<void()> on_death;

  [[nodiscard]] int calls() const { return calls_; }
  [[nodiscard]] bool died() const { return died_; }

  [[nodiscard]] std::optional<UtcTime> last_recorded() override;
  void prove_writable() override;
  std::string begin_run(const RunInfo& info) override;
  void end_run(const std::string& run_id, UtcTime ended) override;
  void begin_unit(const UnitStart& unit) override;
  void append_attempt(const std::string& unit_id, const AttemptRecord& attempt) override;
  void set_fact(const std::string& unit_id, std::string_view name, std::string_view value) override;
  Attachment keep_file(const std::string& unit_id, std::string_view name,
                       std::string_view media_type, std::span<const std::uint8_t> bytes,
                       bool sensitive) override;
  void finish_unit(const std::string& unit_id, const UnitEnd& end) override;

 private:
  template <typename Write>
  auto call(Write write);

  Recorder& recorder_;
  const int dies_at_;
  const bool last_is_written_;
  std::mutex lock_;
  int calls_ = 0;
  bool died_ = false;
};

/// Two slots with contacts, real units, and a sequence whose steps work on them: identify, write,
/// (stage) configure, (stage) measure. In virtual time.
class CrashWorld {
 public:
  explicit CrashWorld(const std::filesystem::path& store, int units = 5);
  ~CrashWorld();

  /// A run from its begin; the rig dies at a call of the recorder (0 = never). Returns how many
  /// calls there were.
  int run(int dies_at, bool last_is_written = false);
  /// What `plugrig resume` does, on the same bench. False when there was nothing to go on with.
  bool resume(int dies_at = 0, bool last_is_written = false);

  /// What happens to units without a verdict while the rig is dead.
  void harm(std::mt19937_64& chance);
  void swap_units();

  [[nodiscard]] const std::map<std::string, std::unique_ptr<RealUnit>>& units() const {
    return units_;
  }
  [[nodiscard]] std::string run_id() const { return run_id_; }

 private:
  struct Port;
  int carry_out(int dies_at, bool last_is_written, std::optional<LeftRun> left);
  RealUnit& put_in(const std::string& slot, int number);
  StepRegistry make_steps();

  std::filesystem::path store_file_;
  int wanted_;
  std::unique_ptr<Clock> clock_;
  StepRegistry registry_;
  Sequence sequence_;
  std::vector<std::unique_ptr<SlotPort>> ports_;
  std::map<std::string, std::unique_ptr<RealUnit>> units_;  ///< by MAC
  std::map<std::string, RealUnit*> slots_;
  std::string run_id_;
};

}  // namespace plugrig::test
