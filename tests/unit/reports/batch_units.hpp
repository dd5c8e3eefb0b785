#pragma once

#include <fmt/format.h>

#include <random>
#include <string>
#include <vector>

#include "rig/record/unit_record.hpp"

namespace plugrig::test {

inline AttemptRecord attempt_of(int index, const std::string& step, Verdict verdict, int number = 1,
                                const std::string& fault = "", const std::string& blame = "") {
  AttemptRecord attempt;
  attempt.stage = "stage";
  attempt.step = step;
  attempt.step_index = index;
  attempt.attempt = number;
  attempt.verdict = verdict;
  attempt.fault_id = fault;
  attempt.blame = blame;
  if (verdict != Verdict::pass) {
    attempt.happened = "It broke.";
    attempt.next = "Mend it.";
  }
  return attempt;
}

inline Measurement error_at(const std::string& load, double percent) {
  Measurement measurement;
  measurement.id = "power.as_left.P";
  measurement.condition = load;
  measurement.value = percent;
  measurement.unit = "%";
  measurement.low = -1;
  measurement.high = 1;
  return measurement;
}

/// 1 MiB in 16 s: 64 KiB/s.
inline Measurement backup_time() {
  Measurement measurement;
  measurement.id = "flash.backup.time";
  measurement.condition = "1048576 bytes";
  measurement.value = 16;
  measurement.unit = "s";
  return measurement;
}

/// A unit that passed, with one power error.
inline UnitRecord passed_unit(int number, const std::string& slot, double percent) {
  UnitRecord unit;
  unit.unit_id = fmt::format("r1-{}-{}", slot, number);
  unit.run_id = "r1";
  unit.slot = slot;
  unit.sequence = "gosund-ep2";
  unit.bench = "demo-8";
  unit.verdict = Verdict::pass;
  unit.first_pass = true;
  unit.started = UtcTime{1'767'225'600'000 + number * 60'000LL};
  unit.ended = UtcTime{unit.started.unix_ms + 50'000};
  unit.facts["mac"] = fmt::format("A4:CF:12:00:{:02X}:{:02X}", number / 256, number % 256);
  unit.attempts = {attempt_of(-1, "slot.open", Verdict::pass),
                   attempt_of(0, "flash.identify", Verdict::pass),
                   attempt_of(1, "power.as_left", Verdict::pass)};
  unit.attempts[1].measurements.push_back(backup_time());
  unit.attempts.back().measurements = {error_at("230 V, 60 W", percent),
                                       error_at("230 V, 2 kW", percent / 2)};
  return unit;
}

/// The same that ended in its first step.
inline UnitRecord broken_unit(int number, const std::string& slot, Verdict verdict,
                              const std::string& fault, const std::string& blame) {
  auto unit = passed_unit(number, slot, 0);
  unit.verdict = verdict;
  unit.first_pass = false;
  unit.attempts.resize(1);
  unit.attempts.push_back(attempt_of(0, "flash.identify", verdict, 1, fault, blame));
  return unit;
}

/// 64 plugs on four slots, P3 of which reads 0.3 % more; eight that did not pass.
inline std::vector<UnitRecord> batch_of_64() {
  std::vector<UnitRecord> units;
  std::mt19937_64 random(7);
  std::normal_distribution<double> error(0.05, 0.15);
  for (int number = 1; number <= 64; ++number) {
    const auto slot = fmt::format("P{}", number % 4 + 1);
    if (number % 16 == 3)
      units.push_back(broken_unit(number, slot, Verdict::error, "esp.sync.silent", "contact"));
    else if (number % 32 == 5)
      units.push_back(broken_unit(number, slot, Verdict::fail, "esp.verify.mismatch", "unit"));
    else if (number == 20)
      units.push_back(broken_unit(number, slot, Verdict::error, "modbus.silent", "instrument"));
    else if (number == 21)
      units.push_back(broken_unit(number, slot, Verdict::aborted, "", ""));
    else
      units.push_back(passed_unit(number, slot, error(random) + (slot == "P3" ? 0.3 : 0)));
  }
  return units;
}

}  // namespace plugrig::test
