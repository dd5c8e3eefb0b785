#include "drivers/modbus/meter.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/modbus/fault_of.hpp"
#include "tests/unit/modbus/image_port.hpp"
#include "tests/unit/modbus/participants.hpp"

namespace plugrig::modbus::test {
namespace {

using namespace std::chrono_literals;

std::filesystem::path shipped(const std::string& name) {
  return std::filesystem::path(PLUGRIG_SOURCE_DIR) / "fixtures/instruments" / (name + ".yaml");
}

/// A meter of a shipped profile on a line in virtual time.
struct MeterBench {
  VirtualTime time;
  DeviceImage device;
  std::unique_ptr<ModbusBus> bus;
  std::unique_ptr<PowerMeter> meter;

  explicit MeterBench(const std::string& profile) {
    Problems problems;
    MeterProfile data = load_meter_profile(shipped(profile), problems);
    EXPECT_FALSE(problems.any_error()) << problems.render();
    device.register_function = data.function;
    for (std::uint32_t address = 0; address < 0x10000; ++address) {
      device.registers[static_cast<std::uint16_t>(address)] = 0;
    }
    bus = std::make_unique<ModbusBus>(
        *time.clock,
        std::make_unique<FakePort>(*time.clock,
                                   [this](const ModbusFrame& request) { return device(request); }),
        BusOptions{.name = "lan"});
    meter = make_meter(std::move(data), {.name = "reference", .serial = "4711"}, *bus, *time.clock);
  }
  MeterBench(const MeterBench&) = delete;

  PowerReading read() { return meter->read(time.in(2s)); }
};

struct Sdm : MeterBench {
  Sdm() : MeterBench("eastron-sdm120") {
    device.put(0x00, 230.2F);
    device.put(0x06, 4.35F);
    device.put(0x0C, 1001.3F);
    device.put(0x46, 50.01F);
  }
};

TEST(Meter, ReadsOneBlock) {
  Sdm bench;
  const PowerReading reading = bench.read();
  EXPECT_NEAR(reading.voltage_V.value(), 230.2, 1e-4);
  EXPECT_NEAR(reading.current_A.value(), 4.35, 1e-6);
  EXPECT_NEAR(reading.power_W.value(), 1001.3, 1e-4);
  EXPECT_FALSE(reading.frequency_Hz) << "it stands in another block, so of another moment";
}

TEST(Meter, SaysWhatItIs) {
  Sdm bench;
  const MeterInfo& info = bench.meter->info();
  EXPECT_EQ(info.name, "reference");
  EXPECT_EQ(info.model, "Eastron SDM120");
  EXPECT_EQ(info.serial, "4711");
  EXPECT_EQ(info.profile, "eastron-sdm120");
  EXPECT_EQ(info.refresh, 1s);
  EXPECT_DOUBLE_EQ(info.power.half_width(1000, 276.0 * 45), 0.01 * 276 * 45);
  EXPECT_DOUBLE_EQ(info.voltage_resolution_V, 0.1);
}

TEST(Meter, TimeIsThatOfTheRegistersNotOfTheCall) {
  Sdm bench;
  bench.read();  // the map check is over
  bench.time.clock->sleep_for(1s, {});
  bench.device.latency = 100ms;
  const Instant before = bench.time.clock->now();
  const PowerReading reading = bench.read();
  const Instant after = bench.time.clock->now();
  EXPECT_LT(reading.at + reading.half_width, after);
  EXPECT_GE(reading.half_width, 500ms) << "the registers may be one refresh old";
  EXPECT_LE(reading.at - reading.half_width, before - 1s);
}

TEST(Meter, KilowattsAndLowWordFirst) {
  MeterBench schneider("schneider-iem3000");
  schneider.device.put(0x0BB7, 4.0F);
  schneider.device.put(0x0BD3, 231.5F);
  schneider.device.put(0x0BED, 0.925F);
  schneider.device.put(0x0C25, 49.98F);
  EXPECT_NEAR(schneider.read().power_W.value(), 925, 1e-3);

  MeterBench pzem("pzem-016");
  auto& words = pzem.device.registers;
  words[0] = 2305;
  words[1] = 0x1170;  // low word: 70 000 mA
  words[2] = 1;
  words[3] = 0x0101;
  words[4] = 2;  // 131 329 tenths of a watt
  words[7] = 500;
  const PowerReading reading = pzem.read();
  EXPECT_NEAR(reading.current_A.value(), 70.0, 1e-9);
  EXPECT_NEAR(reading.power_W.value(), 13132.9, 1e-9);
  EXPECT_NEAR(reading.frequency_Hz.value(), 50, 1e-9);
}

TEST(Meter, AWrongMapIsFoundByItsFrequency) {
  Sdm bench;
  bench.device.put(0x46, 3.2e-38F);
  EXPECT_EQ(fault_of([&] { bench.read(); }).id(), "meter.map");
  bench.device.put(0x46, 16.7F);
  const Fault fault = fault_of([&] { bench.read(); });
  EXPECT_EQ(fault.id(), "meter.map");
  EXPECT_EQ(fault.blame(), Blame::config);
  bench.device.put(0x46, 60.0F);
  EXPECT_NO_THROW(bench.read());
}

TEST(Meter, WithoutMainsTheMapCheckWaits) {
  Sdm bench;
  bench.device.put(0x00, 0.3F);
  bench.device.put(0x06, 0.0F);
  bench.device.put(0x0C, 0.0F);
  bench.device.put(0x46, 0.0F);
  EXPECT_NEAR(bench.read().voltage_V.value(), 0.3, 1e-6);
  bench.device.put(0x00, 230.0F);
  EXPECT_EQ(fault_of([&] { bench.read(); }).id(), "meter.map");
}

TEST(Meter, NoDataAndOverRangeAreNoNumbers) {
  MeterBench bench("yokogawa-wt310e");
  bench.device.put(0x07D0, 230.0F);
  bench.device.put(0x07D2, std::numeric_limits<float>::infinity());
  bench.device.put(0x07D4, std::numeric_limits<float>::quiet_NaN());
  bench.device.put(0x07DE, 50.0F);
  const PowerReading reading = bench.read();
  EXPECT_TRUE(reading.voltage_V);
  EXPECT_FALSE(reading.current_A);
  EXPECT_FALSE(reading.power_W);
  bench.device.put(0x07D0, std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(fault_of([&] { bench.read(); }).id(), "meter.no_data");
}

TEST(Meter, PatternsForNotAvailable) {
  MeterBench bench("abb-b23");
  auto& words = bench.device.registers;
  words[0x5B01] = 2300;
  words[0x5B0C] = words[0x5B0D] = 0xFFFF;
  words[0x5B14] = 0x7FFF;
  words[0x5B15] = 0xFFFF;
  words[0x5B2C] = 5000;
  const PowerReading reading = bench.read();
  EXPECT_NEAR(reading.voltage_V.value(), 230, 1e-9);
  EXPECT_FALSE(reading.current_A);
  EXPECT_FALSE(reading.power_W);
}

TEST(Meter, AbsurdValuesAreNoReadings) {
  Sdm bench;
  bench.device.put(0x00, 1.2e30F);
  EXPECT_EQ(fault_of([&] { bench.read(); }).id(), "meter.implausible");
  bench.device.put(0x00, 230.0F);
  bench.device.put(0x0C, 5000.0F);  // 230 V · 4.35 A are 1 kW
  EXPECT_EQ(fault_of([&] { bench.read(); }).id(), "meter.implausible");
  bench.device.put(0x0C, -1000.0F);  // a transformer turned round is not absurd
  EXPECT_NEAR(bench.read().power_W.value(), -1000, 1e-3);
}

TEST(Meter, SilenceIsAFaultOfTheMeterByName) {
  Sdm bench;
  bench.device.latency = 5s;
  const Fault fault = fault_of([&] { bench.meter->read(bench.time.in(30s)); });
  EXPECT_EQ(fault.id(), "meter.timeout");
  EXPECT_EQ(fault.blame(), Blame::instrument);
  EXPECT_NE(fault.happened().find("reference"), std::string::npos);
}

TEST(Meter, StopEndsARead) {
  Sdm bench;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(bench.meter->read(bench.time.in(1s, stop.get_token())), Stopped);
}

TEST(Meter, RangesOfALoadPoint) {
  const MeterBench bench("yokogawa-wt310e");
  const MeterRange small = bench.meter->range_at(230, 0.26);
  EXPECT_EQ(small.voltage_V, 300);
  EXPECT_EQ(small.current_A, 0.5);
  const MeterRange large = bench.meter->range_at(-230, 10.0);
  EXPECT_EQ(large.voltage_V, 300);
  EXPECT_EQ(large.current_A, 10);
  EXPECT_EQ(bench.meter->range_at(1000, 99).current_A, 20);
}

}  // namespace
}  // namespace plugrig::modbus::test
