// Speed of the LX106 interpreter in chip instructions per second of host time, for the kinds of
// loops that flasher stubs spend their time in.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <vector>

#include "fixtures/twin/chip/lx106.hpp"

namespace {

using namespace plugrig::twin;

constexpr std::uint32_t kCode = 0x40100000;
constexpr std::uint32_t kData = 0x3FFE8000;
constexpr std::uint32_t kRom = 0x40000000;  // not executable: a return to it ends the run
constexpr std::uint32_t kRegister = 0x60000000;

/// A status register that shows bit 3 once in every `period` reads.
class Status final : public Peripherals {
 public:
  explicit Status(Lx106*& core) : core_(core) {}
  bool read(std::uint32_t, std::uint64_t, std::uint32_t& value) override {
    core_->spoil_idle();
    value = ++reads_ % kPeriod == 0 ? 8 : 0;
    return true;
  }
  bool write(std::uint32_t, std::uint64_t, std::uint32_t) override { return true; }

  static constexpr std::uint32_t kPeriod = 10'000;

 private:
  Lx106*& core_;
  std::uint32_t reads_ = 0;
};

/// An instruction: its bytes, first byte lowest, and how many.
struct Word {
  std::uint32_t bytes;
  std::size_t length;
};

class Machine {
 public:
  Machine() : status_(core_pointer_), core_(regions(), status_) { core_pointer_ = &core_; }

  void load(std::initializer_list<Word> program) {
    std::uint32_t at = kCode;
    for (const Word& word : program) {
      for (std::size_t i = 0; i < word.length; ++i) {
        const auto byte = static_cast<std::uint8_t>(word.bytes >> 8 * i);
        core_.poke(at++, {&byte, 1});
      }
    }
  }

  void call(std::uint32_t a2, std::uint32_t a3, std::uint32_t a4) {
    core_.set_reg(0, kRom);
    core_.set_reg(2, a2);
    core_.set_reg(3, a3);
    core_.set_reg(4, a4);
    core_.set_pc(kCode);
    if (core_.run(std::numeric_limits<std::uint64_t>::max()) != StopReason::native) failed_ = true;
  }

  void report(benchmark::State& state) const {
    if (failed_) state.SkipWithError("the program did not end as it should");
    state.SetItemsProcessed(static_cast<std::int64_t>(core_.instructions()));
    state.counters["instructions/s"] =
        benchmark::Counter(static_cast<double>(core_.instructions()), benchmark::Counter::kIsRate);
  }

 private:
  std::vector<MemoryRegion> regions() {
    return {{kData, data_, false, false, true}, {kCode, code_, true, true, true}};
  }

  std::vector<std::uint8_t> data_ = std::vector<std::uint8_t>(0x14000);
  std::vector<std::uint8_t> code_ = std::vector<std::uint8_t>(0x8000);
  Lx106* core_pointer_ = nullptr;
  Status status_;
  Lx106 core_;
  bool failed_ = false;
};

void byte_copy(benchmark::State& state) {
  Machine machine;
  machine.load({{0x000252, 3},  // loop: l8ui a5,a2,0
                {0x004352, 3},  //       s8i a5,a3,0
                {0x221b, 2},    //       addi.n a2,a2,1
                {0x331b, 2},    //       addi.n a3,a3,1
                {0x440b, 2},    //       addi.n a4,a4,-1
                {0xFF0456, 3},  //       bnez a4,loop
                {0xf00d, 2}});  //       ret.n
  for (auto _ : state) machine.call(kData, kData + 0x8000, 0x4000);
  machine.report(state);
}
BENCHMARK(byte_copy);

void poll_register(benchmark::State& state) {
  Machine machine;
  machine.load({{0x0020c0, 3},  // loop: memw
                {0x0258, 2},    //       l32i.n a5,a2,0
                {0xf76537, 3},  //       bbci a5,3,loop
                {0xf00d, 2}});  //       ret.n
  for (auto _ : state) machine.call(kRegister, 0, 0);
  machine.report(state);
}
BENCHMARK(poll_register);

void checksum(benchmark::State& state) {
  Machine machine;
  machine.load({{0x0258, 2},    // loop: l32i.n a5,a2,0
                {0x030350, 3},  //     rsr.sar a5 (kept busy with a special register)
                {0x305530, 3},  //       xor a5,a5,a3
                {0x045070, 3},  //       extui a5,a7,0,1
                {0x906650, 3},  //       addx2 a6,a6,a5
                {0x224b, 2},    //       addi.n a2,a2,4
                {0x440b, 2},    //       addi.n a4,a4,-1
                {0xFEA456, 3},  //       bnez a4,loop
                {0xf00d, 2}});  //       ret.n
  for (auto _ : state) machine.call(kData, 0x12345678, 0x4000);
  machine.report(state);
}
BENCHMARK(checksum);

}  // namespace
