#include "tests/peers/qemu_lx106/case.hpp"

#include "tests/peers/qemu_lx106/case_builder.hpp"

namespace plugrig::qemu_lx106 {

std::uint32_t Random::value() {
  constexpr std::uint32_t kCorners[] = {0,          1,          2,          0xFFFFFFFF, 0xFFFFFFFE,
                                        0x7FFFFFFF, 0x80000000, 0x80000001, 0x0000FFFF, 0x00008000,
                                        0x00007FFF, 0xFFFF8000, 0xFFFF0000, 0x000000FF, 0x00000080,
                                        31,         32,         33,         0x55555555, 0xAAAAAAAA};
  switch (below(4)) {
    case 0:
      return kCorners[below(std::size(kCorners))];
    case 1:
      return 1U << below(32);
    default:
      return static_cast<std::uint32_t>(engine_() >> 16);
  }
}

Batch make_batch(std::uint64_t seed, std::size_t count) {
  std::vector<const Row*> rows;
  for (const Row& row : sheet_rows()) {
    if (row.proof == Proof::qemu) rows.push_back(&row);
  }
  Random random(seed);
  Batch batch;
  for (std::size_t i = 0; i < count; ++i) {
    batch.cases.push_back(CaseBuilder(random, batch, i).build(*rows[i % rows.size()]));
  }
  return batch;
}

}  // namespace plugrig::qemu_lx106
