#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fixtures/build/built_bench.hpp"
#include "fixtures/twin/ftdi/chip.hpp"
#include "tests/usb_bus/usb_bus.hpp"

namespace plugrig::test {
namespace {

namespace fs = std::filesystem;
using twin::ftdi::Model;

/// What stood at the contacts from a moment on.
struct Moment {
  Instant at;
  std::string levels;
};

/// Writes down what the adapter's pins do.
class PinLog {
 public:
  void note(const std::string& levels) {
    const std::scoped_lock lock(mutex_);
    if (!moments_.empty() && moments_.back().levels == levels) return;
    moments_.push_back({usb_bus::now(), levels});
  }
  std::string last() {
    const std::scoped_lock lock(mutex_);
    return moments_.empty() ? "" : moments_.back().levels;
  }
  std::vector<Moment> take() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(
        moments_, moments_.empty() ? std::vector<Moment>{} : std::vector<Moment>{moments_.back()});
  }

 private:
  std::mutex mutex_;
  std::vector<Moment> moments_;
};

enum class Seen : std::uint8_t { modem, pins, cbus };

/// One style of resetting a unit into its loader, and what must be seen at the adapter's pins:
/// each level for at least so long before the next.
struct Style {
  const char* name;
  const char* chip;
  Model model;
  Seen seen;
  unsigned channel;
  const char* lines;
  std::vector<std::pair<std::string, std::chrono::milliseconds>> expected;
};

void PrintTo(const Style& style, std::ostream* out) { *out << style.name; }

using namespace std::chrono_literals;

/// Levels: DTR and RTS as asserted, pins as "low pins that are driven". Sequences of the shipped
/// wirings (fixtures/wirings), from the released state to the released state.
const std::vector<Style>& styles() {
  static const std::vector<Style> table{
      {"TwoTransistors",
       "FT232R",
       Model::ft232r,
       Seen::modem,
       0,
       "wiring: dtr-rts-two-transistor",
       {{"--", 0ms}, {"-R", 100ms}, {"--", 0ms}, {"D-", 50ms}, {"--", 0ms}}},
      {"TwoTransistorsInOneRequest",
       "FT231X",
       Model::ft231x,
       Seen::modem,
       0,
       "wiring: dtr-rts-two-transistor-bare-reset",
       {{"--", 0ms}, {"DR", 0ms}, {"-R", 100ms}, {"D-", 50ms}, {"--", 0ms}}},
      {"BareWires",
       "FT4232H",
       Model::ft4232h,
       Seen::modem,
       0,
       "wiring: bare-wires",
       {{"--", 0ms}, {"DR", 100ms}, {"D-", 50ms}, {"--", 0ms}}},
      {"PowerCycled",
       "FT232R",
       Model::ft232r,
       Seen::modem,
       0,
       "wiring: power-cycled",
       {{"--", 0ms}, {"DR", 300ms}, {"D-", 100ms}, {"--", 0ms}}},
      {"OwnLinesByBitBang",
       "FT2232H",
       Model::ft2232h,
       Seen::pins,
       1,
       "wiring: own-lines, gpio0: one.B1, reset: one.B5",
       {{"", 0ms}, {"1 5 ", 100ms}, {"1 ", 50ms}, {"", 0ms}}},
      {"OwnLinesNoReset",
       "FT2232H",
       Model::ft2232h,
       Seen::pins,
       1,
       "wiring: own-lines-no-reset, gpio0: one.B1, "
       "power_3v3: {pin: one.B2, active: low, drive: push_pull}",
       {{"", 0ms}, {"1 ", 300ms}, {"1 2 ", 100ms}, {"2 ", 0ms}}},
      {"OwnLinesByCbus",
       "FT232R",
       Model::ft232r,
       Seen::cbus,
       0,
       "wiring: own-lines, gpio0: one.CBUS0, reset: one.CBUS1",
       {{"", 0ms}, {"0 1 ", 100ms}, {"0 ", 50ms}, {"", 0ms}}},
      {"OwnLinesByMpsse",
       "FT2232H",
       Model::ft2232h,
       Seen::pins,
       1,
       "wiring: own-lines, gpio0: one.B1, reset: one.B5",
       {{"", 0ms}, {"1 5 ", 100ms}, {"1 ", 50ms}, {"", 0ms}}},
  };
  return table;
}

std::string low_pins(std::uint16_t levels, std::uint16_t directions) {
  std::string text;
  for (unsigned bit = 0; bit < 16; ++bit)
    if ((directions >> bit & 1U) != 0 && (levels >> bit & 1U) == 0) text += fmt::format("{} ", bit);
  return text;
}

class ResetTiming : public ::testing::TestWithParam<Style> {
 protected:
  void SetUp() override {
    chip_ = std::make_shared<twin::ftdi::Chip>(GetParam().model, "RT1");
    chip_->set_cbus_io(0x0F);
    wire();
    usb_bus::plug(chip_, "1-1");
    const bool mpsse = std::string(GetParam().name).ends_with("Mpsse");
    std::ofstream(file_) << "bench: b\nadapters:\n  one: {chip: " << GetParam().chip
                         << ", serial: RT1" << (mpsse ? ", gpio: mpsse" : "")
                         << "}\nslots:\n  - slot: F1\n    kind: flash\n    uart: one.A\n"
                            "    lines: {"
                         << GetParam().lines << "}\n";
  }
  void TearDown() override {
    usb_bus::unplug("1-1");
    fs::remove(file_);
  }

  void wire() {
    twin::ftdi::Wiring wiring;
    switch (GetParam().seen) {
      case Seen::modem:
        wiring.modem = [this](bool dtr, bool rts) {
          log_.note(std::string(dtr ? "D" : "-") + (rts ? "R" : "-"));
        };
        break;
      case Seen::pins:
        wiring.pins = [this](std::uint16_t levels, std::uint16_t directions) {
          log_.note(low_pins(levels, directions));
        };
        break;
      case Seen::cbus:
        wiring.cbus = [this](std::uint8_t levels, std::uint8_t directions) {
          log_.note(low_pins(levels, directions));
        };
        break;
    }
    chip_->wire(GetParam().channel, wiring);
  }

  PinLog log_;
  std::shared_ptr<twin::ftdi::Chip> chip_;
  fs::path file_ = fs::path(::testing::TempDir()) / fmt::format("reset-timing-{}.yaml", ::getpid());
};

TEST_P(ResetTiming, IsSeenAtThePins) {
  Problems problems;
  const auto bench = bench::load_bench(file_, fs::path(PLUGRIG_SOURCE_DIR) / "fixtures", problems);
  build::check_devices(bench, problems);
  ASSERT_EQ(problems.render(), "");
  const auto clock = make_real_clock();
  auto built = build::build_bench(bench, *clock);
  const auto devices = built.slot("F1").port->open({clock->now() + 5s, {}});
  log_.take();
  log_.note(GetParam().expected.front().first);
  devices.boot->enter_loader(0, {clock->now() + 5s, {}});
  // What was written last may still be on its way through the chip.
  for (int i = 0; i < 200 && log_.last() != GetParam().expected.back().first; ++i)
    clock->sleep_for(10ms, {});
  const auto seen = log_.take();
  std::string order;
  for (const auto& moment : seen) order += fmt::format("[{}]", moment.levels);
  ASSERT_EQ(seen.size(), GetParam().expected.size()) << order;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].levels, GetParam().expected[i].first) << order;
    if (i == 0) continue;
    // Not later: a busy machine may be late, and nothing here depends on it.
    EXPECT_GE(seen[i].at - seen[i - 1].at, GetParam().expected[i - 1].second) << order;
  }
  built.slot("F1").port->close();
}

INSTANTIATE_TEST_SUITE_P(Styles, ResetTiming, ::testing::ValuesIn(styles()),
                         [](const auto& style) { return std::string(style.param.name); });

}  // namespace
}  // namespace plugrig::test
