#include <gmock/gmock.h>

#include <cmath>

#include "bus_fixture.hpp"

// Each register map against the table of the notes (Modbus notes §3); addresses, word orders
// and units are written out here a second time, by hand.

namespace plugrig::twin {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

// A heater with a little phase shift.
constexpr Terminals kHeater{230.2, 4.35, 1001.3, 50.01};

TEST(EastronSdm230, AnswersTheReferenceFrame) {
  Wires wires(kHeater);
  OneMeter meter("eastron-sdm230", wires);
  EXPECT_THAT(meter.ask({0x04, 0x00, 0x00, 0x00, 0x02}),
              ElementsAre(0x04, 0x04, 0x43, 0x66, 0x33, 0x33));
}

class EastronMap : public testing::TestWithParam<const char*> {};

TEST_P(EastronMap, HasEachQuantityAtItsAddress) {
  Wires wires(kHeater);
  OneMeter meter(GetParam(), wires);
  const double apparent = 230.2 * 4.35;
  const std::map<unsigned, double> wanted{
      {0x0000, 230.2},
      {0x0006, 4.35},
      {0x000C, 1001.3},
      {0x0012, apparent},
      {0x0018, std::sqrt(apparent * apparent - 1001.3 * 1001.3)},
      {0x001E, 1001.3 / apparent},
      {0x0046, 50.01}};
  for (const auto& [address, value] : wanted)
    EXPECT_THAT(meter.read_float(0x04, address), DoubleNear(value, 1e-3)) << address;
}

TEST_P(EastronMap, CountsEnergyInKilowattHours) {
  Wires wires(kHeater);
  OneMeter meter(GetParam(), wires);
  const double kilowatt_hours = 1.0013 * 2;  // after two hours
  for (const unsigned address : {0x0048U, 0x0156U})
    EXPECT_THAT(meter.read_float(0x04, address, 2h), DoubleNear(kilowatt_hours, 1e-3));
}

TEST_P(EastronMap, GivesEightyRegistersAtOnceButNoOddNumberAndNoMore) {
  Wires wires(kHeater);
  OneMeter meter(GetParam(), wires);
  EXPECT_EQ(meter.read(0x04, 0, 80).size(), 80U);
  EXPECT_THAT(meter.ask(read_request(0x04, 0, 82)), ElementsAre(0x84, 0x03));
  EXPECT_THAT(meter.ask(read_request(0x04, 0, 3)), ElementsAre(0x84, 0x03));
  EXPECT_THAT(meter.ask(read_request(0x04, 0, 0)), ElementsAre(0x84, 0x03));
}

TEST_P(EastronMap, RefusesWhatItDoesNotHave) {
  Wires wires(kHeater);
  OneMeter meter(GetParam(), wires);
  EXPECT_THAT(meter.ask(read_request(0x04, 0x0200, 2)), ElementsAre(0x84, 0x02));
  EXPECT_THAT(meter.ask(read_request(0x04, 0x0058, 4)), ElementsAre(0x84, 0x02));
  EXPECT_THAT(meter.ask(read_request(0x01, 0x0000, 2)), ElementsAre(0x81, 0x01));
  EXPECT_THAT(meter.ask(read_request(0x03, 0x0000, 2)), ElementsAre(0x83, 0x02));
}

TEST_P(EastronMap, MovesToTheAddressThatIsWritten) {
  Wires wires(kHeater);
  OneMeter meter(GetParam(), wires);
  // 7.0 to the meter id.
  EXPECT_THAT(meter.ask({0x10, 0x00, 0x14, 0x00, 0x02, 0x04, 0x40, 0xE0, 0x00, 0x00}),
              ElementsAre(0x10, 0x00, 0x14, 0x00, 0x02));
  EXPECT_FALSE(meter.bus->request(1, read_request(0x04, 0, 2), 10s));
  const auto answer = meter.bus->request(7, read_request(0x03, 0x14, 2), 10s);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->unit, 7);
  EXPECT_THAT(words_of(answer->pdu), ElementsAre(0x40E0, 0x0000));
}

TEST_P(EastronMap, RefusesSettingsOutOfRangeOrNotWhole) {
  Wires wires(kHeater);
  OneMeter meter(GetParam(), wires);
  // 248.0, "not a number", half a float, two settings at once, read-only.
  EXPECT_THAT(meter.ask({0x10, 0x00, 0x14, 0x00, 0x02, 0x04, 0x43, 0x78, 0x00, 0x00}),
              ElementsAre(0x90, 0x03));
  EXPECT_THAT(meter.ask({0x10, 0x00, 0x14, 0x00, 0x02, 0x04, 0x7F, 0xC0, 0x00, 0x00}),
              ElementsAre(0x90, 0x03));
  EXPECT_THAT(meter.ask({0x10, 0x00, 0x14, 0x00, 0x01, 0x02, 0x40, 0xE0}), ElementsAre(0x90, 0x03));
  EXPECT_THAT(meter.ask({0x10, 0x00, 0x12, 0x00, 0x04, 0x08, 0, 0, 0, 0, 0x40, 0xE0, 0, 0}),
              ElementsAre(0x90, 0x03));
  EXPECT_THAT(meter.ask({0x10, 0xFC, 0x00, 0x00, 0x02, 0x04, 0, 0, 0, 1}), ElementsAre(0x90, 0x02));
  EXPECT_THAT(meter.ask({0x06, 0x00, 0x14, 0x40, 0xE0}), ElementsAre(0x86, 0x01));
}

INSTANTIATE_TEST_SUITE_P(Models, EastronMap,
                         testing::Values("eastron-sdm120", "eastron-sdm230", "eastron-sdm630"));

TEST(EastronSdm630, HasTheTotalAndShowsNothingOnOpenPhases) {
  Wires wires(kHeater);
  OneMeter meter("eastron-sdm630", wires);
  EXPECT_THAT(meter.read_float(0x04, 0x0034), DoubleNear(1001.3, 1e-3));
  EXPECT_EQ(meter.read_float(0x04, 0x0002), 0.0);
  EXPECT_EQ(meter.read_float(0x04, 0x000E), 0.0);
}

TEST(Pzem016, HasIntegersWithTheLowWordFirst) {
  Wires wires({230.24, 70.0004, 16116.84, 49.96});
  OneMeter meter("pzem-016", wires);
  const auto words = meter.read(0x04, 0, 10);
  ASSERT_EQ(words.size(), 10U);
  EXPECT_EQ(words[0], 2302);                      // 0.1 V
  EXPECT_EQ(words[1] + 65536 * words[2], 70000);  // mA
  EXPECT_GT(words[2], 0);
  EXPECT_EQ(words[3] + 65536 * words[4], 161168);  // 0.1 W
  EXPECT_EQ(words[7], 500);                        // 0.1 Hz
  EXPECT_EQ(words[8], 100);                        // 0.01
  EXPECT_EQ(words[9], 0);                          // no alarm
  EXPECT_THAT(meter.ask(read_request(0x04, 0, 11)), ElementsAre(0x84, 0x02));
}

TEST(Pzem016, ForgetsItsEnergyOnFunction42) {
  Wires wires(kHeater);
  OneMeter meter("pzem-016", wires);
  EXPECT_THAT(meter.read(0x04, 5, 2, 1h), ElementsAre(1001, 0));
  EXPECT_THAT(meter.ask({0x42}, 1h), ElementsAre(0x42));
  EXPECT_THAT(meter.read(0x04, 5, 2, 1h), ElementsAre(0, 0));
  EXPECT_THAT(meter.read(0x04, 5, 2, 2h), ElementsAre(1001, 0));
}

TEST(Pzem016, AnswersTheGeneralAddressOnlyWhenAlone) {
  Wires wires(kHeater);
  OneMeter meter("pzem-016", wires);
  const auto answer = meter.bus->request(0xF8, read_request(0x04, 0, 1), 10s);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->pdu, ElementsAre(0x04, 0x02, 0x08, 0xFE));
  meter.bus->add_meter({.name = "second", .model = "pzem-016", .unit = 2, .seed = 2, .faults = {}},
                       wires);
  EXPECT_FALSE(meter.bus->request(0xF8, read_request(0x04, 0, 1), 10s));
}

TEST(Pzem016, TakesAddressAndAlarmWithFunction06) {
  Wires wires(kHeater);
  OneMeter meter("pzem-016", wires);
  EXPECT_THAT(meter.ask({0x06, 0x00, 0x01, 0x03, 0xE8}), ElementsAre(0x06, 0x00, 0x01, 0x03, 0xE8));
  EXPECT_THAT(meter.read(0x03, 1, 2), ElementsAre(1000, 1));
  EXPECT_THAT(meter.ask({0x06, 0x00, 0x02, 0x00, 0x00}), ElementsAre(0x86, 0x03));
  EXPECT_THAT(meter.ask({0x06, 0x00, 0x02, 0x00, 0x09}), ElementsAre(0x06, 0x00, 0x02, 0x00, 0x09));
  EXPECT_FALSE(meter.bus->request(1, read_request(0x04, 0, 1), 10s));
  EXPECT_TRUE(meter.bus->request(9, read_request(0x04, 0, 1), 10s));
}

TEST(YokogawaWt310e, HasElementOneAndTheDefaultItems) {
  Wires wires(kHeater);
  OneMeter meter("yokogawa-wt310e", wires);
  const double apparent = 230.2 * 4.35;
  const double factor = 1001.3 / apparent;
  const std::vector<double> wanted{230.2,
                                   4.35,
                                   1001.3,
                                   apparent,
                                   std::sqrt(apparent * apparent - 1001.3 * 1001.3),
                                   factor,
                                   std::acos(factor) * 180 / 3.14159265358979,
                                   50.01,
                                   50.01};
  for (const unsigned first : {0x07D0U, 0x0064U}) {
    const auto words = meter.read(0x04, first, 18);
    ASSERT_EQ(words.size(), 18U);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      EXPECT_THAT(static_cast<double>(float_of(words[2 * i], words[2 * i + 1])),
                  DoubleNear(wanted[i], 2e-3))
          << "item " << i + 1 << " from " << first;
  }
}

TEST(YokogawaWt310e, SaysNoDataForItemsThatAreNotSet) {
  Wires wires(kHeater);
  OneMeter meter("yokogawa-wt310e", wires);
  EXPECT_THAT(meter.read(0x04, 2018, 2), ElementsAre(0x7FC0, 0x0000));
  EXPECT_THAT(meter.read(0x04, 2508, 2), ElementsAre(0x7FC0, 0x0000));
}

TEST(YokogawaWt310e, HasNoDataBeforeItsFirstLook) {
  Wires wires(kHeater);
  OneMeter meter("yokogawa-wt310e", wires);
  EXPECT_THAT(meter.read(0x04, 0x07D0, 2, 0s), ElementsAre(0x7FC0, 0x0000));
}

TEST(YokogawaWt310e, SaysInfinityBeyondItsRanges) {
  Wires wires({230, 27, 6210, 50});
  OneMeter meter("yokogawa-wt310e", wires);
  EXPECT_THAT(meter.read(0x04, 0x07D4, 2), ElementsAre(0x7F80, 0x0000));
}

TEST(YokogawaWt310e, KeepsFunctionsAndBlocksApart) {
  Wires wires(kHeater);
  OneMeter meter("yokogawa-wt310e", wires);
  EXPECT_EQ(meter.read(0x04, 2000, 125).size(), 125U);
  EXPECT_THAT(meter.ask(read_request(0x04, 2000, 126)), ElementsAre(0x84, 0x03));
  EXPECT_THAT(meter.ask(read_request(0x04, 90, 20)), ElementsAre(0x84, 0x02));
  EXPECT_THAT(meter.ask(read_request(0x04, 2500, 11)), ElementsAre(0x84, 0x02));
  EXPECT_EQ(meter.read(0x03, 0, 10).size(), 10U);
  EXPECT_THAT(meter.ask(read_request(0x03, 0, 11)), ElementsAre(0x83, 0x02));
  EXPECT_THAT(meter.ask({0x10, 0, 0, 0, 1, 2, 0, 1}), ElementsAre(0x90, 0x01));
}

TEST(YokogawaWt310e, HoldsItsReadingsWhenTold) {
  Wires wires([](Duration now) { return Terminals{now < 15s ? 220.0 : 240.0, 1, 220, 50}; });
  OneMeter meter("yokogawa-wt310e", wires);
  EXPECT_THAT(meter.read_float(0x04, 0x07D0, 10s), DoubleNear(220, 0.01));
  EXPECT_THAT(meter.ask({0x06, 0, 0, 0, 1}, 10s), ElementsAre(0x06, 0, 0, 0, 1));
  EXPECT_THAT(meter.read_float(0x04, 0x07D0, 20s), DoubleNear(220, 0.01));
  meter.ask({0x06, 0, 0, 0, 0}, 20s);
  EXPECT_THAT(meter.read_float(0x04, 0x07D0, 21s), DoubleNear(240, 0.01));
}

TEST(CarloGavazziEm112, HasIntegersWithTheLowWordFirstInBothTables) {
  Wires wires({230.24, 70.0004, 16116.84, 49.96});
  OneMeter meter("carlo-gavazzi-em112", wires);
  for (const std::uint8_t function : {std::uint8_t{3}, std::uint8_t{4}}) {
    const auto words = meter.read(function, 0, 16);
    ASSERT_EQ(words.size(), 16U);
    EXPECT_EQ(words[0] + 65536 * words[1], 2302);
    EXPECT_EQ(words[2] + 65536 * words[3], 70000);
    EXPECT_EQ(words[4] + 65536 * words[5], 161168);
    EXPECT_EQ(words[14], 1000);
    EXPECT_EQ(words[15], 500);
  }
}

TEST(CarloGavazziEm112, SignsPowerThatIsFedBack) {
  Wires wires({230, 10, -2300, 50});
  OneMeter meter("carlo-gavazzi-em112", wires);
  EXPECT_THAT(meter.read(0x03, 4, 2), ElementsAre(0xA628, 0xFFFF));
}

TEST(AbbB23, HasBigEndianIntegers) {
  Wires wires({230.24, 4.356, 1001.27, 50.01});
  OneMeter meter("abb-b23", wires);
  EXPECT_THAT(meter.read(0x03, 0x5B00, 2), ElementsAre(0, 2302));
  EXPECT_THAT(meter.read(0x03, 0x5B0C, 2), ElementsAre(0, 436));
  EXPECT_THAT(meter.read(0x03, 0x5B14, 2), ElementsAre(1, 100127 - 65536));
  EXPECT_THAT(meter.read(0x03, 0x5B2C, 1), ElementsAre(5001));
  EXPECT_THAT(meter.read(0x03, 0x5000, 4, 1h), ElementsAre(0, 0, 0, 100));
  EXPECT_THAT(meter.ask(read_request(0x04, 0x5B00, 2)), ElementsAre(0x84, 0x01));
}

TEST(SchneiderIem3000, HasKilowattsAndItsOwnNotANumber) {
  Wires wires(kHeater);
  OneMeter meter("schneider-iem3000", wires);
  EXPECT_THAT(meter.read_float(0x03, 0x0BB7), DoubleNear(4.35, 1e-4));
  EXPECT_THAT(meter.read_float(0x03, 0x0BD3), DoubleNear(230.2, 1e-3));
  EXPECT_THAT(meter.read_float(0x03, 0x0BED), DoubleNear(1.0013, 1e-6));
  EXPECT_THAT(meter.read_float(0x03, 0x0BF3), DoubleNear(1.0013, 1e-6));
  EXPECT_THAT(meter.read(0x03, 0x0BD5, 2), ElementsAre(0xFFC0, 0x0000));
  EXPECT_THAT(meter.read(0x03, 0x0C83, 4, 1h), ElementsAre(0, 0, 0, 1001));
}

TEST(SiemensPac2200, HasEnergyAsALongFloatAndBothTables) {
  Wires wires(kHeater);
  OneMeter meter("siemens-pac2200", wires);
  for (const std::uint8_t function : {std::uint8_t{3}, std::uint8_t{4}}) {
    EXPECT_THAT(meter.read_float(function, 1), DoubleNear(230.2, 1e-3));
    EXPECT_THAT(meter.read_float(function, 13), DoubleNear(4.35, 1e-4));
    EXPECT_THAT(meter.read_float(function, 25), DoubleNear(1001.3, 1e-3));
    EXPECT_THAT(meter.read_float(function, 65), DoubleNear(1001.3, 1e-3));
  }
  const auto words = meter.read(0x03, 801, 4, 1h);
  ASSERT_EQ(words.size(), 4U);
  std::uint64_t bits = 0;
  for (const auto word : words) bits = bits << 16U | word;
  EXPECT_THAT(std::bit_cast<double>(bits), DoubleNear(1001.3, 0.2));
}

TEST(JanitzaUmg96, HasTheBlockAtNineteenThousand) {
  Wires wires(kHeater);
  OneMeter meter("janitza-umg96", wires);
  EXPECT_THAT(meter.read_float(0x03, 19000), DoubleNear(230.2, 1e-3));
  EXPECT_THAT(meter.read_float(0x03, 19012), DoubleNear(4.35, 1e-4));
  EXPECT_THAT(meter.read_float(0x03, 19020), DoubleNear(1001.3, 1e-3));
  EXPECT_THAT(meter.read_float(0x03, 19050), DoubleNear(50.01, 1e-3));
}

TEST(Meters, EveryNamedModelCanBeMadeAndOthersCannot) {
  Wires wires(kHeater);
  EXPECT_GE(meter_models().size(), 10U);
  for (const auto& model : meter_models()) EXPECT_NO_THROW(OneMeter(model, wires)) << model;
  EXPECT_THROW(OneMeter("eastron-sdm999", wires), std::invalid_argument);
  EXPECT_THROW(OneMeter("waveshare-relay-8", wires), std::invalid_argument);
}

TEST(Meters, KeepSilentOnRequestsOfTheWrongLength) {
  Wires wires(kHeater);
  for (const auto& model : meter_models()) {
    OneMeter meter(model, wires);
    for (const int code : {3, 4, 6, 16}) {
      const auto function = static_cast<std::uint8_t>(code);
      const auto answer = meter.ask({function, 0, 0, 0});
      // What it does not know at all it may say so.
      if (!answer.empty()) {
        EXPECT_THAT(answer, ElementsAre(function | 0x80, 0x01)) << model;
      }
    }
    EXPECT_TRUE(meter.ask({}).empty()) << model;
  }
}

}  // namespace
}  // namespace plugrig::twin
