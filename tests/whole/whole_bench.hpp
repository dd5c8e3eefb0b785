#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fixtures/twin/tasmota/configured_plug.hpp"
#include "rig/metrology/point_result.hpp"
#include "tests/bench/simulated_run.hpp"

/// What whole-run tests share: small benches, plugs that begin configured, readings of records.
namespace plugrig::whole {

/// The repository.
std::filesystem::path source();

/// A bootable image of 32 KiB with the Tasmota marker, and its file in `folder`.
std::vector<std::uint8_t> small_image();

/// A bench of mains slots without serial contacts, for runs that begin with configured plugs.
struct MainsBench {
  int slots = 1;
  std::uint64_t plug_seed = 1;  ///< of the first slot's plug; the next ones count on
  std::string world = "{}";     ///< as in the bench language
  std::string plug_faults = "{linear: true}";
  std::string certificate =
      "certificate: " + (source() / "fixtures/instruments/certificates/wt310e-demo.yaml").string() +
      ", ";
  std::string reference_faults = "{}";
  std::string board_faults = "{}";  ///< of the board with the mains relays
  std::string load_path = "multiplexed";
  bool selectors = false;       ///< each slot's own connection to meter and load
  bool emergency_stop = false;  ///< the rig sees it, at an input of the same board
  /// Pogo jigs with contacts that draw back, instead of sockets.
  bool two_position = false;
};
std::string text_of(const MainsBench& bench);

/// A sequence with one stage, `mains: on`: `test.know`, then these steps, one a line.
std::string mains_sequence(const std::vector<std::string>& steps);

/// Values for the variables of sequences/gosund-ep2.yaml, with a small image in `folder`.
VariableSources shipped_variables(const TestFolder& folder, const std::string& wifi_password,
                                  const std::string& web_password);

/// What flashing and configuring would have left: all plugs of a bench with the same credentials.
struct ConfiguredPlugs {
  std::string web_password = {};
  twin::MeteringConstants constants = {};
  std::string template_json = {};  ///< empty: as the product file says
};

/// Lets `run` begin with configured plugs: their flash, and a step `test.know` that gives a unit
/// the facts that flashing and configuring leave (MAC and address are the twin's truth).
void begin_configured(SimulatedRun& run, const ConfiguredPlugs& plugs = {});

/// The newest attempt of a step; null when it never ran.
const AttemptRecord* attempt_of(const UnitRecord& unit, std::string_view step);
/// The series that a passed or failed step attached; std::runtime_error when it is not there.
metrology::CalibrationRecord series_of(const UnitRecord& unit, std::string_view series);

/// One quantity at one load point, held against what was true.
struct TruePoint {
  metrology::PointResult result;
  double true_error_percent = 0;  ///< of the plug's mean, against mean truth of the same time
};

/// Every point of a series that shows something. The bench must not have gone on for more than ten
/// minutes since.
std::vector<TruePoint> against_truth(const metrology::Series& series, const std::string& slot,
                                     twin::TwinBench& bench);
/// How far a calibrated plug under load may be off with an ideal reference, in percent; infinite =
/// not said.
double accuracy_limit_percent(const metrology::PointResult& result);

/// Nothing burnt and nothing left on.
void expect_safe(const SimulatedResult& result);

/// Constants in the newest valid settings block of a plug's flash.
metrology::Constants stored_constants(const std::vector<std::uint8_t>& flash);

}  // namespace plugrig::whole
