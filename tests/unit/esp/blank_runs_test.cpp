#include "drivers/esp/blank_runs.hpp"

#include <gmock/gmock.h>

namespace plugrig::esp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Sectors by letter: 'd' holds data, '.' is blank; `short_by` bytes fewer at the end.
std::vector<std::uint8_t> sectors(const std::string& kinds, std::size_t short_by = 0) {
  std::vector<std::uint8_t> bytes;
  for (const char kind : kinds) {
    bytes.resize(bytes.size() + 4096, 0xFF);
    if (kind == 'd') bytes[bytes.size() - 4096] = 0xFE;
  }
  bytes.resize(bytes.size() - short_by);
  return bytes;
}

WritePart data(std::uint32_t offset, std::uint32_t length) { return {{offset, length}, false}; }
WritePart blank(std::uint32_t offset, std::uint32_t length) { return {{offset, length}, true}; }

TEST(SplitBlank, LongRunsAreParts) {
  EXPECT_THAT(split_blank(0x8000, sectors("dd....d")),
              ElementsAre(data(0x8000, 0x2000), blank(0xA000, 0x4000), data(0xE000, 0x1000)));
}

TEST(SplitBlank, ShortRunsAreData) {
  EXPECT_THAT(split_blank(0, sectors("d...d.")), ElementsAre(data(0, 0x6000)));
  EXPECT_THAT(split_blank(0, sectors("...d....")),
              ElementsAre(data(0, 0x4000), blank(0x4000, 0x4000)));
}

TEST(SplitBlank, AWholeRangeIsBlankHoweverShort) {
  EXPECT_THAT(split_blank(0x3000, sectors(".")), ElementsAre(blank(0x3000, 0x1000)));
  EXPECT_THAT(split_blank(0x3000, sectors("..", 100)), ElementsAre(blank(0x3000, 0x1F9C)));
  EXPECT_THAT(split_blank(0, {}), IsEmpty());
}

TEST(SplitBlank, EveryByteIsInOnePart) {
  for (const char* kinds :
       {"d", "d....", "....d....", "d.d..d...d....d.....", "......dddd......"}) {
    const auto bytes = sectors(kinds, 48);
    std::uint32_t at = 0x10000;
    for (const auto& part : split_blank(at, bytes)) {
      EXPECT_EQ(part.range.offset, at) << kinds;
      at += part.range.length;
    }
    EXPECT_EQ(at - 0x10000, bytes.size()) << kinds;
  }
}

}  // namespace
}  // namespace plugrig::esp
