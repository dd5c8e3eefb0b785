#include "drivers/esp/image.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "rig/core/fault.hpp"

namespace plugrig::esp {
namespace {

using Bytes = std::vector<std::uint8_t>;

void put_word(Bytes& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

struct Part {
  std::uint32_t address;
  std::uint32_t length;
};

Bytes make_image(const std::vector<Part>& parts, std::uint32_t entry, std::uint8_t mode = 3,
                 std::uint8_t size_freq = 0x20) {
  Bytes out{0xE9, static_cast<std::uint8_t>(parts.size()), mode, size_freq};
  put_word(out, entry);
  std::uint8_t sum = 0xEF;
  for (const Part& part : parts) {
    put_word(out, part.address);
    put_word(out, part.length);
    for (std::uint32_t at = 0; at < part.length; ++at) {
      out.push_back(static_cast<std::uint8_t>(at * 31 + part.length));
      sum = static_cast<std::uint8_t>(sum ^ out.back());
    }
  }
  while (out.size() % 16 != 15) out.push_back(0);
  out.push_back(sum);
  return out;
}

/// Boot loader at 0, application at 0x1000, as the Arduino tools lay it out.
Bytes make_firmware(std::uint8_t mode = 3, std::uint8_t size_freq = 0x20) {
  Bytes out = make_image({{0x4010F000, 0xE00}}, 0x4010F45C, mode, size_freq);
  out.resize(0x1000, 0xAA);
  const Bytes app = make_image({{0x40201010, 0x4321}, {0x40100000, 0x700}}, 0x401000B8);
  out.insert(out.end(), app.begin(), app.end());
  return out;
}

std::string fault_of(const Bytes& file, const ImageRules& rules = {}) {
  try {
    check_image(file, rules);
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.blame(), Blame::config);
    EXPECT_FALSE(fault.next().empty());
    return fault.id();
  }
  return "";
}

TEST(ImageCheck, GoodFirmwarePasses) { EXPECT_EQ(fault_of(make_firmware()), ""); }

TEST(ImageCheck, SingleImageBeyondTheSecondPlacePasses) {
  EXPECT_EQ(fault_of(make_image({{0x40100000, 0x3000}}, 0x40100004)), "");
}

TEST(ImageCheck, EveryFaultHasItsName) {
  const Bytes good = make_firmware();
  auto changed = [&good](std::size_t at, std::uint8_t value) {
    Bytes copy = good;
    copy[at] = value;
    return copy;
  };
  auto starting = [](const std::string& text) {
    Bytes out(text.begin(), text.end());
    out.resize(std::max<std::size_t>(out.size(), 64), ' ');
    return out;
  };
  Bytes esp32 = make_image({{0x3F400020, 0x100}}, 0x40081234);
  Bytes gzip = good;
  gzip[0] = 0x1F;
  gzip[1] = 0x8B;
  const std::pair<const char*, Bytes> cases[] = {
      {"image.gzip", gzip},
      {"image.text", starting("<!DOCTYPE html><html>not found</html>")},
      {"image.text", starting("404: Not Found")},
      {"image.short", {}},
      {"image.short", {0xE9, 1, 3, 0x20}},
      {"image.v2", changed(0, 0xEA)},
      {"image.magic", changed(0, 0xFF)},
      {"image.magic", changed(0, 0x7F)},
      {"image.esp32", esp32},
      {"image.segment", changed(1, 0)},
      {"image.segment", changed(1, 200)},
      {"image.segment", Bytes(good.begin(), good.end() - 0x400)},
      {"image.segment", changed(0x0E, 0x7F)},
      {"image.checksum", changed(0x100, static_cast<std::uint8_t>(good[0x100] ^ 1))},
      {"image.checksum", changed(0x1100, static_cast<std::uint8_t>(good[0x1100] ^ 1))},
      {"image.second", changed(0x1000, 0xAA)},
      {"image.mode", make_firmware(0)},
      {"image.mode", make_firmware(2)},
      {"image.mode", make_firmware(9)},
  };
  int row = 0;
  for (const auto& [id, file] : cases) EXPECT_EQ(fault_of(file), id) << "row " << row++;
}

TEST(ImageCheck, ModeMattersOnlyWithEmbeddedFlash) {
  EXPECT_EQ(fault_of(make_firmware(2), {.esp8285 = false}), "");
  EXPECT_EQ(fault_of(make_firmware(9), {.esp8285 = false}), "image.mode");
  EXPECT_EQ(fault_of(make_firmware(0), {.force = true}), "") << "forced";
}

TEST(ImageCheck, HeaderMustNotClaimMoreFlashThanThereIs) {
  const Bytes four = make_firmware(3, 0x40);
  EXPECT_EQ(fault_of(four), "") << "flash not known yet";
  EXPECT_EQ(fault_of(four, {.flash_bytes = 0x100000}), "image.flash_size");
  EXPECT_EQ(fault_of(four, {.flash_bytes = 0x400000}), "");
}

TEST(ImageCheck, LengthAgainstTheSettings) {
  Bytes file = make_firmware();
  file.resize(tasmota_space_end, 0xFF);
  EXPECT_EQ(fault_of(file), "");
  file.push_back(0xFF);
  EXPECT_EQ(fault_of(file), "image.too_large");
  EXPECT_EQ(fault_of(file, {.flash_bytes = 0x100000, .force = true}), "");
  file.resize(0x100001, 0xFF);
  EXPECT_EQ(fault_of(file, {.flash_bytes = 0x100000, .force = true}), "image.too_large");
}

TEST(ImageCheck, ASecondHeaderIsNeverPatched) {
  const Bytes good = make_firmware(0, 0x40);
  const Bytes patched = patch_header(good, {FlashMode::dout, 0x100000, 40});
  EXPECT_EQ(patched[2], 3);
  EXPECT_EQ(patched[3], 0x20);
  Bytes expected = good;
  expected[2] = 3;
  expected[3] = 0x20;
  EXPECT_EQ(patched, expected) << "nothing else changes";
  EXPECT_EQ(fault_of(patched), "") << "the checksum does not cover the header";
}

TEST(HeaderPatch, PartsAreIndependent) {
  const Bytes file = make_firmware(2, 0x4F);
  EXPECT_EQ(patch_header(file, {}), file);
  EXPECT_EQ(patch_header(file, {{}, 0x80000, {}})[3], 0x0F);
  EXPECT_EQ(patch_header(file, {{}, {}, 26})[3], 0x41);
  EXPECT_EQ(patch_header(Bytes{1, 2, 3, 4}, {FlashMode::dout, {}, {}}), (Bytes{1, 2, 3, 4}));
}

TEST(HeaderPatch, WhatTheHeaderCannotSay) {
  const Bytes file = make_firmware();
  EXPECT_THROW(patch_header(file, {{}, 3'000'000, {}}), Fault);
  EXPECT_THROW(patch_header(file, {{}, {}, 33}), Fault);
}

TEST(ImageParse, SegmentsAndEnd) {
  const Bytes file = make_firmware();
  const Image boot = parse_image(file, 0);
  ASSERT_EQ(boot.segments.size(), 1U);
  EXPECT_EQ(boot.segments[0].load_address, 0x4010F000U);
  EXPECT_EQ(boot.segments[0].file_offset, 16U);
  EXPECT_EQ(boot.end % 16, 0U);
  const Image app = parse_image(file, 0x1000);
  EXPECT_EQ(app.segments.size(), 2U);
  EXPECT_EQ(app.entry, 0x401000B8U);
  EXPECT_EQ(app.end, file.size());
}

TEST(ImageCheck, CutAtEveryLengthIsRefused) {
  const Bytes good = make_image({{0x40100000, 0x120}}, 0x40100004);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_NE(fault_of(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))), "")
        << size;
  }
  EXPECT_EQ(fault_of(good), "");
}

}  // namespace
}  // namespace plugrig::esp
