#include "drivers/esp/boot_proof.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rig/core/fault.hpp"
#include "tests/unit/esp/scripted_chip.hpp"

namespace plugrig::esp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Bytes;

Bytes bytes(const std::string& text) { return {text.begin(), text.end()}; }

const std::string kLine = "\r\n ets Jan  8 2013,rst cause:2, boot mode:(3,7)\r\n\r\n";
const std::string kEboot =
    "load 0x4010f000, len 3584, room 16 \r\ntail 0\r\nchksum 0xb0\r\ncsum 0xb0\r\nv0009e2f0\n~ld\n";
const std::string kBanner = "\r\n\r\n00:00:00.001 Project tasmota - Version 15.1.0(tasmota)\r\n";

struct Outcome {
  std::string id;  ///< of the fault, "" = proven
  BootReport report;
  std::uint32_t baud_at_banner = 0;
};

using Says = std::vector<std::pair<std::string, Duration>>;

/// `says`: what the unit sends, and when after the reset. `at_first`: another text after the first
/// reset.
Outcome run(const Says& says, const std::string& banner, const std::optional<Says>& at_first = {}) {
  test::HandClock clock;
  test::ScriptedPort port(clock, [](test::ScriptedPort&, const Bytes&) {});
  EvidenceLog log;
  Link link(port, clock, log);
  test::ScriptedBoot boot;
  boot.on_application = [&, resets = 0]() mutable {
    for (const auto& [text, after] : ++resets == 1 && at_first ? *at_first : says)
      port.say(bytes(text), after);
  };
  Outcome out;
  try {
    out.report = prove_boot(link, boot, 26, banner, {}, {.at = clock.now() + seconds{15}});
  } catch (const Fault& fault) {
    out.id = fault.id();
  }
  out.baud_at_banner = port.baud();
  return out;
}

TEST(BootProof, BootTextThenBanner) {
  const Outcome r =
      run({{kLine + kEboot, milliseconds{5}}, {kBanner, milliseconds{200}}}, "Version 15");
  EXPECT_EQ(r.id, "");
  EXPECT_EQ(r.report.boot_mode, 3);
  EXPECT_EQ(r.report.reset_cause, 2);
  EXPECT_EQ(r.report.banner, "00:00:00.001 Project tasmota - Version 15.1.0(tasmota)");
  EXPECT_EQ(r.baud_at_banner, 115200U);
}

TEST(BootProof, WithoutBannerBootTextIsEnough) {
  EXPECT_EQ(run({{kLine + kEboot, milliseconds{5}}}, "").id, "");
}

TEST(BootProof, HostHasChangedItsRateBeforeTheApplicationSpeaks) {
  // 30 ms between the boot loader's last word and the application's first: all bytes must count.
  const Outcome r =
      run({{kLine + kEboot, milliseconds{5}}, {kBanner, milliseconds{35}}}, "tasmota");
  EXPECT_EQ(r.id, "");
}

TEST(BootProof, EveryFailureHasItsName) {
  const std::string gave_up = kLine + "ets_main.c ";
  const std::string strap = "\r\n ets Jan  8 2013,rst cause:2, boot mode:(1,7)\r\n\r\n";
  EXPECT_EQ(run({}, "x").id, "boot.silent");
  EXPECT_EQ(run({{std::string(60, '\x91'), milliseconds{5}}}, "x").id, "boot.garbage");
  EXPECT_EQ(run({{strap, milliseconds{5}}}, "x").id, "boot.strap_low");
  EXPECT_EQ(run({{gave_up, milliseconds{5}}}, "x").id, "boot.bad_image");
  EXPECT_EQ(run({{kLine + "load 0x4010f000, len 3584, room 16 \r\ncsum err\r\nets_main.c ",
                  milliseconds{5}}},
                "x")
                .id,
            "boot.bad_image");
  EXPECT_EQ(run({{kLine + kEboot, milliseconds{5}}, {"\r\nother firmware\r\n", milliseconds{200}}},
                "tasmota")
                .id,
            "boot.no_banner");
  EXPECT_EQ(
      run({{kLine, milliseconds{5}}, {kLine, milliseconds{300}}, {kLine, milliseconds{600}}}, "x")
          .id,
      "boot.loop");
  // The second stage hands over, the application dies: found when the banner stays out.
  EXPECT_EQ(run({{kLine + kEboot, milliseconds{5}}, {kLine + kEboot, seconds{12}}}, "x").id,
            "boot.loop");
}

/// A host that is held up after the reset gets what comes later.
TEST(BootProof, AReasonThatDidNotArriveIsAskedForOnceMore) {
  const Says later{{kEboot, milliseconds{5}}};
  const Outcome r = run({{kLine + kEboot, milliseconds{5}}}, "", later);
  EXPECT_EQ(r.id, "");
  EXPECT_EQ(r.report.boot_mode, 3);
  EXPECT_EQ(run(later, "").id, "boot.garbage") << "not silent: it spoke";
  EXPECT_EQ(run({{kLine + kEboot, milliseconds{5}}}, "", Says{}).id, "boot.silent")
      << "a unit that is silent is not reset again";
}

TEST(BootProof, ABannerCutInTheMiddleIsNotTaken) {
  const Outcome r =
      run({{kLine + kEboot, milliseconds{5}}, {"Version 15.1", milliseconds{100}}}, "Version");
  EXPECT_EQ(r.id, "boot.no_banner");
}

}  // namespace
}  // namespace plugrig::esp
