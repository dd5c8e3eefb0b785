#include "drivers/api/line_errors.hpp"

#include <gmock/gmock.h>

#include "drivers/esp/rom_entry.hpp"
#include "tests/unit/esp/scripted_chip.hpp"

namespace plugrig::test {
namespace {

using testing::Contains;
using testing::IsEmpty;

/// A port that also sees what is wrong on its line.
class NoisyPort final : public Uart, public LineErrorSource {
 public:
  explicit NoisyPort(ScriptedPort& below) : below_(below) {}
  void write(std::span<const std::uint8_t> bytes, const Deadline& deadline) override {
    below_.write(bytes, deadline);
  }
  void drain(const Deadline& deadline) override { below_.drain(deadline); }
  std::size_t read(std::span<std::uint8_t> into, const Deadline& deadline) override {
    return below_.read(into, deadline);
  }
  void set_baud(std::uint32_t baud) override { below_.set_baud(baud); }
  [[nodiscard]] std::uint32_t baud() const override { return below_.baud(); }
  void discard_input() override { below_.discard_input(); }
  [[nodiscard]] std::vector<Evidence> line_errors() const override {
    return {{"framing errors", "12"}};
  }

 private:
  ScriptedPort& below_;
};

TEST(LineErrors, OfAPortThatCannotTellThereAreNone) {
  HandClock clock;
  ScriptedPort port(clock, [](ScriptedPort&, const Bytes&) {});
  EXPECT_THAT(line_errors_of(port), IsEmpty());
}

TEST(LineErrors, StandBesideAUnitThatDoesNotAnswer) {
  HandClock clock;
  ScriptedPort silent(clock, [](ScriptedPort&, const Bytes&) {});
  NoisyPort port(silent);
  esp::EvidenceLog log;
  esp::Link link(port, clock, log);
  ScriptedBoot boot;
  try {
    esp::enter_rom(link, boot, {clock.now() + std::chrono::minutes{5}, {}});
    FAIL() << "nobody answered";
  } catch (const Fault& fault) {
    std::vector<std::string> evidence;
    for (const Evidence& piece : fault.evidence())
      evidence.push_back(piece.name + "=" + piece.text);
    EXPECT_THAT(evidence, Contains("framing errors=12"));
  }
}

}  // namespace
}  // namespace plugrig::test
