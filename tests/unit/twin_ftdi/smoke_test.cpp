#include <gtest/gtest.h>

#include "fixtures/twin/ftdi/chip.hpp"

namespace plugrig::twin::ftdi {
TEST(Chip, HasItsChannels) { EXPECT_EQ(Chip(Model::ft4232h, "A").channels(), 4U); }
}  // namespace plugrig::twin::ftdi
