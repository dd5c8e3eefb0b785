#include <ftdi.h>
#include <gmock/gmock.h>

#include <array>

#include "drivers/serial/ftdi/eeprom.hpp"
#include "drivers/serial/ftdi/pin_bank.hpp"
#include "tests/unit/ftdi/usb_bench.hpp"

// EEPROMs through the channel, judged by libftdi1's own reading of them.

namespace plugrig::ftdi::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

template <typename Action>
std::string fault_of(const Action& action) {
  try {
    action();
  } catch (const Fault& fault) {
    return fault.id();
  }
  return "none";
}

/// Functions of CBUS pins as libftdi1 decodes them; empty when it finds the image bad.
std::vector<int> by_libftdi(int product, const std::vector<int>& pins) {
  std::vector<int> functions;
  ftdi_context* context = ftdi_new();
  EXPECT_EQ(ftdi_usb_open(context, 0x0403, product), 0);
  if (ftdi_read_eeprom(context) == 0 && ftdi_eeprom_decode(context, 0) == 0) {
    for (const int pin : pins) {
      int value = -1;
      ftdi_get_eeprom_value(context, static_cast<ftdi_eeprom_value>(CBUS_FUNCTION_0 + pin), &value);
      functions.push_back(value);
    }
  }
  ftdi_usb_close(context);
  ftdi_free(context);
  return functions;
}

struct Kind {
  ChipKind chip;
  int product, io;
  std::vector<int> pins;  ///< of the chip, by bit of the bank
};
const std::array kKinds{Kind{ChipKind::ft232r, 0x6001, CBUS_IOMODE, {0, 1, 2, 3}},
                        Kind{ChipKind::ft_x, 0x6015, CBUSX_IOMODE, {0, 1, 2, 3}},
                        Kind{ChipKind::ft232h, 0x6014, CBUSH_IOMODE, {5, 6, 8, 9}}};

class EepromOverUsb : public UsbTest {};

TEST_F(EepromOverUsb, ReadsWhatLibftdiReads) {
  for (const Kind& kind : kKinds) {
    const Plugged plugged(kind.chip, "E1");
    plugged->set_cbus_io(0x05);
    const auto theirs = by_libftdi(kind.product, kind.pins);
    ASSERT_EQ(theirs.size(), 4U);
    const auto channel = open("E1");
    const auto ours = cbus_functions(kind.chip, read_eeprom(*channel));
    ASSERT_EQ(ours.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(int{ours[i].code}, theirs[i]) << facts_of(kind.chip).name << ' ' << i;
      EXPECT_EQ(ours[i].io, i % 2 == 0);
      EXPECT_NE(ours[i].name, "unknown");
    }
  }
}

TEST_F(EepromOverUsb, ProgramsPinsSoThatTheyWorkAfterReplug) {
  for (const Kind& kind : kKinds) {
    Plugged plugged(kind.chip, "E1");
    plugged.unplug();
    plugged->set_cbus_io(0x01);
    plugged.plug();
    const auto before = plugged->eeprom();
    CbusPlan plan;
    {
      const auto channel = open("E1");
      EXPECT_EQ(fault_of([&] { make_cbus_bank(channel, *clock_, 0x0B); }), "ftdi.cbus");
      plan = program_cbus_io(*channel, std::array{1, 3});
      EXPECT_EQ(plugged->latency(0), 1ms);
    }
    ASSERT_EQ(plan.after.size(), 2U);
    EXPECT_THAT(by_libftdi(kind.product, {kind.pins[0], kind.pins[1], kind.pins[3]}),
                Each(kind.io));
    EXPECT_NE(by_libftdi(kind.product, {kind.pins[2]}).at(0), kind.io);
    std::size_t changed = 0;
    for (std::size_t i = 0; i < before.size(); ++i)
      if (before[i] != plugged->eeprom()[i]) ++changed;
    EXPECT_EQ(changed, plan.words.size()) << "all else stays";

    plugged.unplug();
    plugged.plug();
    const auto channel = open("E1");
    const auto bank = make_cbus_bank(channel, *clock_, 0x0B);
    bank->set(0x0B, 0x0B, 0x01);
    EXPECT_EQ(plugged->cbus().directions, 0x0B);
    EXPECT_EQ(plugged->cbus().levels & 0x0B, 0x01);
  }
}

TEST_F(EepromOverUsb, APinThatWasProgrammedButNotReplugged) {
  Plugged plugged(ChipKind::ft232r, "E1");
  plugged.unplug();
  plugged->set_cbus_io(0);
  plugged.plug();
  const auto channel = open("E1");
  program_cbus_io(*channel, std::array{0});
  const auto bank = make_cbus_bank(channel, *clock_, 0x01);
  try {
    bank->set(1, 1, 0);
    FAIL() << "the chip has not read its EEPROM yet; a counterfeit looks the same";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "ftdi.cbus_dead");
    EXPECT_THAT(fault.next(), HasSubstr("plug it in again"));
  }
}

TEST_F(EepromOverUsb, AnFt232rTakesNothingWhileItIsLocked) {
  const Plugged plugged(ChipKind::ft232r, "E1");
  const auto channel = open("E1");
  const auto before = plugged->eeprom();
  channel->write_eeprom_word(0x0A, 0x1234);
  channel->write_eeprom_word(0x0B, 0x1234);
  EXPECT_EQ(plugged->eeprom(), before);
}

TEST_F(EepromOverUsb, BlankAndAbsentOnesAreToldAndLeftAlone) {
  for (const auto content : {twin::ftdi::EepromContent::blank, twin::ftdi::EepromContent::absent}) {
    twin::ftdi::ChipOptions how;
    how.eeprom = content;
    const Plugged plugged(ChipKind::ft232h, "", "1-1", {}, how);
    const auto adapters = list_adapters_with_locks_in(locks_.path());
    ASSERT_EQ(adapters.size(), 1U);
    const auto channel = open_channel(adapters[0], *clock_, options(0));
    EXPECT_EQ(read_eeprom(*channel).state, EepromImage::State::blank);
    EXPECT_EQ(fault_of([&] { make_cbus_bank(channel, *clock_, 1); }), "ftdi.eeprom_blank");
    EXPECT_EQ(fault_of([&] { program_cbus_io(*channel, std::array{0}); }), "ftdi.eeprom_blank");
    EXPECT_THAT(plugged->eeprom(), Each(0xFFFF));
  }
}

TEST_F(EepromOverUsb, ARefusedWriteLeavesTheOldWordsAsEvidence) {
  Plugged plugged(ChipKind::ft232h, "E1");
  plugged->set_cbus_io(0);
  const auto channel = open("E1");
  plugged->set_fault(
      [](const twin::ftdi::SetupPacket& setup) { return setup.request == 0x91 ? EPIPE : 0; });
  try {
    program_cbus_io(*channel, std::array{0});
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "ftdi.request");
    EXPECT_THAT(fault.evidence(), testing::SizeIs(testing::Ge(1U)));
  }
  EXPECT_EQ(plugged->latency(0), 1ms) << "the latency came back all the same";
}

}  // namespace
}  // namespace plugrig::ftdi::test
