#include "tests/unit/lx106/machine.hpp"

#include <cstring>

namespace plugrig::lx106_test {

bool FakePeripherals::read(std::uint32_t address, std::uint64_t cycle, std::uint32_t& value) {
  if (address < kRegister || address >= kRegister + 0x100) return false;
  value = values[address];
  if (on_read) value = on_read(cycle, value);
  log.push_back({false, address, cycle, value});
  return true;
}

bool FakePeripherals::write(std::uint32_t address, std::uint64_t cycle, std::uint32_t value) {
  if (address < kRegister || address >= kRegister + 0x100) return false;
  values[address] = value;
  log.push_back({true, address, cycle, value});
  if (on_write) on_write(address, value);
  return true;
}

Machine::Machine()
    : core({{kData, data, false, false, true},
            {kReadOnly, flash, false, false, false},
            {kIram, low, true, true, true},
            {kIramMiddle, high, true, true, true}},
           io) {
  core.reset(kIram);
  core.set_special(230, 0x20);
}

std::uint32_t Machine::program(std::initializer_list<std::uint32_t> instructions,
                               std::uint32_t address) {
  for (const std::uint32_t bits : instructions) {
    const std::size_t length = (bits & 0xF) >= 8 ? 2 : 3;
    std::uint8_t bytes[4];
    std::memcpy(bytes, &bits, sizeof bytes);
    core.poke(address, {bytes, length});
    address += static_cast<std::uint32_t>(length);
  }
  return address;
}

twin::StopReason Machine::step(std::uint64_t count) {
  twin::StopReason reason = twin::StopReason::budget;
  const std::uint64_t end = core.instructions() + count;
  while (core.instructions() < end && reason == twin::StopReason::budget) {
    reason = core.run(core.cycle() + 1);
  }
  return reason;
}

std::uint32_t Machine::word(std::uint32_t address) {
  std::uint8_t bytes[4] = {};
  core.peek(address, bytes);
  std::uint32_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

void Machine::set_word(std::uint32_t address, std::uint32_t value) {
  std::uint8_t bytes[4];
  std::memcpy(bytes, &value, sizeof bytes);
  core.poke(address, bytes);
}

}  // namespace plugrig::lx106_test
