// Images made for the simulated bench, taken apart by a parser of this test's own.

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "fixtures/twin/image_maker.hpp"

namespace plugrig::twin {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::uint32_t word_at(const Bytes& bytes, std::size_t at) {
  return bytes.at(at) | static_cast<std::uint32_t>(bytes.at(at + 1)) << 8 |
         static_cast<std::uint32_t>(bytes.at(at + 2)) << 16 |
         static_cast<std::uint32_t>(bytes.at(at + 3)) << 24;
}

struct Parsed {
  unsigned mode = 0, size_and_freq = 0;
  std::uint32_t entry = 0;
  struct Segment {
    std::uint32_t address, length, at;
  };
  std::vector<Segment> segments;
  bool checksum_right = false;
  std::size_t end = 0;
};

/// The image at `at`; throws std::out_of_range when it runs over the end.
std::optional<Parsed> parse(const Bytes& bytes, std::size_t at) {
  if (bytes.at(at) != 0xE9) return std::nullopt;
  Parsed parsed;
  parsed.mode = bytes.at(at + 2);
  parsed.size_and_freq = bytes.at(at + 3);
  parsed.entry = word_at(bytes, at + 4);
  std::size_t here = at + 8;
  unsigned sum = 0xEF;
  for (unsigned n = bytes.at(at + 1); n > 0; --n) {
    const std::uint32_t length = word_at(bytes, here + 4);
    parsed.segments.push_back({word_at(bytes, here), length, static_cast<std::uint32_t>(here + 8)});
    here += 8;
    for (std::uint32_t i = 0; i < length; ++i) sum ^= bytes.at(here++);
  }
  while ((here - at) % 16 != 15) {
    if (bytes.at(here++) != 0) return std::nullopt;  // padding
  }
  parsed.checksum_right = bytes.at(here) == sum;
  parsed.end = here + 1;
  return parsed;
}

std::size_t count_text(const Bytes& bytes, const std::string& text) {
  std::size_t count = 0;
  auto from = bytes.begin();
  while ((from = std::search(from, bytes.end(), text.begin(), text.end())) != bytes.end()) {
    ++count;
    ++from;
  }
  return count;
}

double zlib_ratio(const Bytes& bytes) {
  uLongf length = compressBound(bytes.size());
  Bytes packed(length);
  EXPECT_EQ(compress2(packed.data(), &length, bytes.data(), bytes.size(), 9), Z_OK);
  return static_cast<double>(length) / static_cast<double>(bytes.size());
}

void expect_bootable(const Bytes& image) {
  const auto boot = parse(image, 0);
  ASSERT_TRUE(boot);
  EXPECT_TRUE(boot->checksum_right);
  EXPECT_EQ(boot->entry, 0x4010F45CU);
  ASSERT_EQ(boot->segments.size(), 1U);
  EXPECT_EQ(boot->segments[0].address, 0x4010F000U);
  EXPECT_EQ(boot->segments[0].length, 0xE00U);
  EXPECT_LE(boot->end, 0x1000U);

  const auto application = parse(image, 0x1000);
  ASSERT_TRUE(application);
  EXPECT_TRUE(application->checksum_right);
  EXPECT_EQ(application->entry, 0x401000B8U);
  ASSERT_EQ(application->segments.size(), 5U);
  EXPECT_EQ(application->segments[0].address, 0x40201010U);
  // Mapped where the flash window shows it.
  EXPECT_EQ(application->segments[0].at, 0x1010U);
  for (std::size_t i = 0; i < 5; ++i) {
    const auto& segment = application->segments[i];
    EXPECT_EQ(segment.length % 4, 0U);
    const bool iram =
        segment.address >= 0x40100000 && segment.address + segment.length <= 0x40108000;
    const bool dram =
        segment.address >= 0x3FFE8000 && segment.address + segment.length <= 0x3FFFC000;
    EXPECT_TRUE(i == 0 || iram || dram) << i;
  }
}

TEST(ImageMaker, FullImageIsBootable) {
  const Bytes image = make_image();
  EXPECT_EQ(image.size(), kFullImage);
  expect_bootable(image);
  EXPECT_EQ(parse(image, 0x1000)->end, image.size());
  EXPECT_EQ((Bytes{image.begin(), image.begin() + 4}), (Bytes{0xE9, 0x01, 0x03, 0x20}));
}

TEST(ImageMaker, EverySizeEndsWithItsChecksum) {
  for (const std::uint32_t size :
       {16U * 1024, kSmallImage, kSmallImage + 16, 128U * 1024, 300'000U, 0xF3000U}) {
    SCOPED_TRACE(size);
    ImageOptions options;
    options.size_bytes = size;
    const Bytes image = make_image(options);
    EXPECT_EQ(image.size(), size);
    expect_bootable(image);
    EXPECT_EQ(parse(image, 0x1000)->end, image.size());
  }
}

TEST(ImageMaker, AFlippedByteInASegmentIsSeenByTheChecksum) {
  ImageOptions options;
  options.size_bytes = kSmallImage;
  Bytes image = make_image(options);
  image[0x2000] ^= 0x10;
  EXPECT_FALSE(parse(image, 0x1000)->checksum_right);
  EXPECT_TRUE(parse(image, 0)->checksum_right);
}

TEST(ImageMaker, OptionsShowInTheHeadersAndTheMarker) {
  ImageOptions options;
  options.size_bytes = kSmallImage;
  options.version = "14.6.0";
  options.flash_mode = 0;
  options.size_and_freq = 0x4F;
  const Bytes image = make_image(options);
  for (const std::size_t at : {std::size_t{0}, std::size_t{0x1000}}) {
    EXPECT_EQ(parse(image, at)->mode, 0U);
    EXPECT_EQ(parse(image, at)->size_and_freq, 0x4FU);
  }
  EXPECT_EQ(count_text(image, std::string("TASMOTA-TWIN-VERSION=14.6.0\0", 28)), 1U);
  EXPECT_EQ(count_text(image, "TASMOTA-TWIN-VERSION="), 1U);
}

TEST(ImageMaker, CompressesLikeRealCode) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    ImageOptions options;
    options.seed = seed;
    const double ratio = zlib_ratio(make_image(options));
    EXPECT_GE(ratio, 0.70) << seed;
    EXPECT_LE(ratio, 0.72) << seed;
  }
}

TEST(ImageMaker, SlipEscapesAreAsFrequentAsInRealCode) {
  const Bytes image = make_image();
  const auto escapes =
      std::count_if(image.begin(), image.end(), [](auto b) { return b == 0xC0 || b == 0xDB; });
  EXPECT_NEAR(static_cast<double>(escapes) / static_cast<double>(image.size()), 0.017, 0.004);
}

TEST(ImageMaker, NoPageIsAllFF) {
  const Bytes image = make_image();
  for (std::size_t page = 0; page < image.size(); page += 256) {
    const auto begin = image.begin() + static_cast<std::ptrdiff_t>(page);
    EXPECT_NE(std::count(begin, begin + 256, 0xFF), 256) << page;
  }
}

TEST(ImageMaker, OneSeedOneImage) {
  ImageOptions options;
  options.size_bytes = kSmallImage;
  const Bytes first = make_image(options);
  EXPECT_EQ(first, make_image(options));
  options.seed = 2;
  EXPECT_NE(first, make_image(options));
}

TEST(ImageMaker, ImagesWithoutDefectsAreWhatTheyAlwaysWere) {
  // Digests of them stand in records.
  ImageOptions options;
  const auto crc = [&] {
    const Bytes image = make_image(options);
    return crc32(0, image.data(), static_cast<uInt>(image.size()));
  };
  EXPECT_EQ(crc(), 0xDACC713AU);
  options.size_bytes = kSmallImage;
  EXPECT_EQ(crc(), 0x7B0C76C0U);
}

TEST(ImageMaker, DefectsStandBehindTheVersionAndTheCodeStays) {
  ImageOptions options;
  options.size_bytes = kSmallImage;
  const Bytes good = make_image(options);
  EXPECT_EQ(count_text(good, "DEFECTS"), 0U);
  options.defects = "power_gain=0.3 %,boot_slower";
  const Bytes bad = make_image(options);
  expect_bootable(bad);
  const std::string marker =
      "VERSION=15.1.0" + std::string(1, '\0') + "TASMOTA-TWIN-DEFECTS=" + options.defects;
  EXPECT_EQ(count_text(bad, marker + '\0'), 1U);
  ASSERT_EQ(bad.size(), good.size());
  const auto constants = parse(good, 0x1000)->segments.back().at;
  EXPECT_TRUE(std::equal(good.begin(), good.begin() + constants, bad.begin()));
}

TEST(ImageMaker, RefusesDefectsThatNoChipKnows) {
  ImageOptions options;
  options.defects = "power_gian=0.3 %";
  try {
    make_image(options);
    ADD_FAILURE() << "made";
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'power_gain'?"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("heap_leak"), std::string::npos);
  }
  options.defects = "http_late" + std::string(512, ' ');
  EXPECT_THROW(make_image(options), std::invalid_argument);
}

TEST(ImageMaker, RefusesWhatItCannotMake) {
  for (const std::uint32_t size : {0U, 4096U, kSmallImage + 1, 0xF3010U}) {
    ImageOptions options;
    options.size_bytes = size;
    EXPECT_THROW(make_image(options), std::invalid_argument) << size;
  }
  ImageOptions options;
  options.version.clear();
  EXPECT_THROW(make_image(options), std::invalid_argument);
  options.version.assign(65, '1');
  EXPECT_THROW(make_image(options), std::invalid_argument);
  EXPECT_THROW(factory_flash(1, 128 * 1024), std::invalid_argument);
  EXPECT_THROW(factory_flash(1, (1U << 20) + 1), std::invalid_argument);
}

TEST(FactoryFlash, BootsSomethingElseAndHoldsSettings) {
  for (const std::uint32_t size : {256U * 1024, 1U << 20, 4U << 20}) {
    SCOPED_TRACE(size);
    const Bytes flash = factory_flash(9, size);
    ASSERT_EQ(flash.size(), size);
    expect_bootable(flash);
    EXPECT_EQ(count_text(flash, "TASMOTA"), 0U);
    EXPECT_EQ(count_text(flash, "Tasmota"), 0U);
    EXPECT_EQ(count_text(flash, "gw_id"), 2U);
    EXPECT_EQ(count_text(flash, "ssid="), 5U);
    EXPECT_GT(std::count(flash.begin(), flash.end(), 0xFF), size / 2);
  }
}

TEST(FactoryFlash, EachUnitHasItsOwn) {
  EXPECT_EQ(factory_flash(1, 1U << 20), factory_flash(1, 1U << 20));
  EXPECT_NE(factory_flash(1, 1U << 20), factory_flash(2, 1U << 20));
}

}  // namespace
}  // namespace plugrig::twin
