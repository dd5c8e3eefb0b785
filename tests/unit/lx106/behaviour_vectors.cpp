#include "tests/unit/lx106/behaviour_vectors.hpp"

namespace plugrig::lx106_test {

namespace {

using twin::StopReason;

constexpr std::uint32_t kNext = kVectorCode + 3;
constexpr std::uint32_t kKernel = 0x40000030;
constexpr std::uint32_t kUser = 0x40000050;
// Special registers by number.
constexpr unsigned kSar = 3, kEpc1 = 177, kEpc2 = 178, kEpc3 = 179, kDepc = 192, kEps2 = 194,
                   kEps3 = 195, kExcsave1 = 209, kInterrupt = 226, kIntclear = 227,
                   kIntenable = 228, kPs = 230, kVecbase = 231, kExccause = 232, kCcount = 234,
                   kExcvaddr = 238, kCcompare = 240, kIbreakA0 = 128;

std::vector<BehaviourVector> traps() {
  return {
      {"ill",
       0x000000,
       {},
       {{kPs, 0x20}, {kExccause, 9}},
       kUser,
       {},
       {{kPs, 0x30}, {kExccause, 0}, {kEpc1, kVectorCode}}},
      {"ill",
       0x000000,
       {},
       {{kPs, 0}, {kExccause, 9}},
       kKernel,
       {},
       {{kPs, 0x10}, {kExccause, 0}, {kEpc1, kVectorCode}}},
      {"ill",
       0x000000,
       {},
       {{kPs, 0}, {kVecbase, 0x40101000}},
       0x40101030,
       {},
       {{kPs, 0x10}, {kExccause, 0}, {kEpc1, kVectorCode}}},
      // Within a handler: the double vector, in the mask ROM, so nobody takes it.
      {"ill",
       0x000000,
       {},
       {{kPs, 0x30}, {kEpc1, 0x40101234}},
       0x40000070,
       {},
       {{kDepc, kVectorCode}},
       StopReason::fault},
      {"ill.n",
       0xF06D,
       {},
       {{kPs, 0x20}, {kExccause, 9}},
       kUser,
       {},
       {{kPs, 0x30}, {kExccause, 0}, {kEpc1, kVectorCode}}},
      {"syscall",
       0x005000,
       {},
       {{kPs, 0x20}},
       kUser,
       {},
       {{kPs, 0x30}, {kExccause, 1}, {kEpc1, kVectorCode}}},
      {"simcall", 0x005100, {}, {}, kNext, {}, {}},
      {"break", 0x0041F0, {}, {}, kVectorCode, {}, {}, StopReason::breakpoint},
      {"break.n", 0xF32D, {}, {}, kVectorCode, {}, {}, StopReason::breakpoint},
  };
}

std::vector<BehaviourVector> returns_and_levels() {
  return {
      {"rfe", 0x003000, {}, {{kPs, 0x3F}, {kEpc1, 0x40101001}}, 0x40101001, {}, {{kPs, 0x2F}}},
      {"rfde", 0x003200, {}, {{kPs, 0x30}, {kDepc, 0x40101002}}, 0x40101002, {}, {}},
      {"rfi",
       0x003310,
       {},
       {{kPs, 0x1F}, {kEpc3, 0x40101004}, {kEps3, 0x23}},
       0x40101004,
       {},
       {{kPs, 0x23}}},
      {"rfi",
       0x003210,
       {},
       {{kPs, 0x1F}, {kEpc2, 0x40101008}, {kEps2, 0x02}},
       0x40101008,
       {},
       {{kPs, 0x02}}},
      {"rsil", 0x006350, {{5, 77}}, {{kPs, 0x25}}, kNext, {{5, 0x25}}, {{kPs, 0x23}}},
      {"waiti", 0x007200, {}, {{kPs, 0x20}}, kNext, {}, {{kPs, 0x22}}, StopReason::waiti},
  };
}

std::vector<BehaviourVector> special_registers() {
  return {
      {"rsr.ps", 0x03E650, {{5, 77}}, {{kPs, 0x25}}, kNext, {{5, 0x25}}, {}},
      {"wsr.ps", 0x13E650, {{5, 0xFFFFFF25}}, {{kPs, 0x1F}}, kNext, {}, {{kPs, 0x25}}},
      {"xsr.ps", 0x61E650, {{5, 0x20}}, {{kPs, 0x3F}}, kNext, {{5, 0x3F}}, {{kPs, 0x20}}},
      {"rsr.epc1", 0x03B150, {{5, 1}}, {{kEpc1, 0x12345678}}, kNext, {{5, 0x12345678}}, {}},
      {"wsr.excsave1", 0x13D150, {{5, 0xCAFE}}, {{kExcsave1, 1}}, kNext, {}, {{kExcsave1, 0xCAFE}}},
      {"wsr.sar", 0x130350, {{5, 0xFFFFFFE0}}, {{kSar, 1}}, kNext, {}, {{kSar, 32}}},
      {"wsr.ibreaka0", 0x138050, {{5, 3}}, {{kIbreakA0, 1}}, kNext, {}, {{kIbreakA0, 3}}},
      {"rsr.excvaddr", 0x03EE50, {{5, 0}}, {{kExcvaddr, 0x60000000}}, kNext, {{5, 0x60000000}}, {}},
      // INTSET sets the software interrupt only, INTCLEAR clears it.
      {"wsr.intset", 0x13E250, {{5, 0xFFFF}}, {}, kNext, {}, {{kInterrupt, 0x80}}},
      {"wsr.intclear",
       0x13E350,
       {{5, 0x80}},
       {{kInterrupt, 0x80}},
       kNext,
       {},
       {{kInterrupt, 0}, {kIntclear, 0}}},
      {"wsr.intenable", 0x13E450, {{5, 0x20}}, {{kIntenable, 0}}, kNext, {}, {{kIntenable, 0x20}}},
      // One cycle has passed when CCOUNT is read.
      {"rsr.ccount", 0x03EA50, {{5, 0}}, {{kCcount, 0xFFFFFFF0}}, kNext, {{5, 0xFFFFFFF1}}, {}},
      {"wsr.ccompare0", 0x13F050, {{5, 99}}, {{kCcompare, 1}}, kNext, {}, {{kCcompare, 99}}},
  };
}

/// Executed by start-up code; nothing that the model has changes.
std::vector<BehaviourVector> without_effect() {
  return {
      {"rer", 0x406650, {{5, 5}, {6, 6}}, {}, kNext, {}, {}},
      {"wer", 0x407650, {{5, 5}, {6, 6}}, {}, kNext, {}, {}},
      {"ritlb0", 0x503650, {{5, 5}, {6, 6}}, {}, kNext, {}, {}},
      {"iitlb", 0x504600, {{6, 6}}, {}, kNext, {}, {}},
      {"pitlb", 0x505650, {{5, 5}, {6, 6}}, {}, kNext, {}, {}},
      {"witlb", 0x506650, {{5, 5}, {6, 6}}, {}, kNext, {}, {}},
      {"ritlb1", 0x507650, {{5, 5}, {6, 6}}, {}, kNext, {}, {}},
      {"rdtlb0", 0x50B650, {{5, 5}, {6, 6}}, {}, kNext, {}, {}},
      {"idtlb", 0x50C600, {{6, 6}}, {}, kNext, {}, {}},
      {"pdtlb", 0x50D650, {{5, 5}, {6, 6}}, {}, kNext, {}, {}},
      {"wdtlb", 0x50E650, {{5, 5}, {6, 6}}, {}, kNext, {}, {}},
      {"rdtlb1", 0x50F650, {{5, 5}, {6, 6}}, {}, kNext, {}, {}},
  };
}

}  // namespace

const std::vector<BehaviourVector>& behaviour_vectors() {
  static const std::vector<BehaviourVector> all = [] {
    std::vector<BehaviourVector> vectors;
    for (const auto& part :
         {traps(), returns_and_levels(), special_registers(), without_effect()}) {
      vectors.insert(vectors.end(), part.begin(), part.end());
    }
    return vectors;
  }();
  return all;
}

}  // namespace plugrig::lx106_test
