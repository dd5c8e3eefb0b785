#include "drivers/esp/image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "drivers/esp/bytes.hpp"
#include "drivers/esp/protocol.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::esp {
namespace {

constexpr std::uint8_t kMagic = 0xE9;
constexpr std::uint8_t kMagicV2 = 0xEA;
constexpr std::uint32_t kHeader = 8;
constexpr std::uint32_t kSegmentHeader = 8;
constexpr std::uint32_t kSecondImage = 0x1000;
constexpr std::uint8_t kMaxSegments = 16;

Fault bad(std::string id, std::string happened, std::string next) {
  return {std::move(id), Blame::config, std::move(happened), std::move(next)};
}

bool starts_with(std::span<const std::uint8_t> file, std::initializer_list<int> head) {
  return file.size() >= head.size() &&
         std::equal(head.begin(), head.end(), file.begin(),
                    [](int wanted, std::uint8_t byte) { return wanted == byte; });
}

bool looks_like_text(std::span<const std::uint8_t> file) {
  const auto head = file.first(std::min<std::size_t>(file.size(), 256));
  return std::all_of(head.begin(), head.end(), [](std::uint8_t byte) {
    return byte >= 0x20 ? byte != 0x7F : (byte == '\n' || byte == '\r' || byte == '\t');
  });
}

void check_kind(std::span<const std::uint8_t> file) {
  if (starts_with(file, {0x1F, 0x8B})) {
    throw bad("image.gzip", "The file is gzip-compressed: it is meant for over-the-air updates.",
              "Use the .bin of the same build, not the .bin.gz.");
  }
  if (!file.empty() && looks_like_text(file)) {
    throw bad("image.text", "The file is text or a web page, not firmware.",
              "Download the .bin again; a failed download often leaves an error page.");
  }
  if (file.size() < kHeader + kSegmentHeader) {
    throw bad("image.short", fmt::format("The file has only {} bytes.", file.size()),
              "Download or build the firmware again.");
  }
  if (file[0] == kMagicV2) {
    throw bad("image.v2",
              "The file starts with a version 2 header (EA), which needs an own boot loader.",
              "Use a complete image that starts with E9.");
  }
  if (file[0] != kMagic) {
    throw bad("image.magic", fmt::format("The file starts with {:02X}, not with E9.", file[0]),
              "Choose an ESP8266 firmware image (.bin); an .elf or an ESP32 factory image will "
              "not do.");
  }
}

void check_entry(std::uint32_t entry) {
  // Instruction RAM of the ESP8266 family; other families start at other addresses.
  if (entry < 0x40100000 || entry >= 0x40110000) {
    throw bad(
        "image.esp32",
        fmt::format("Entry 0x{:08X} is not in the instruction RAM of an ESP8266: the image is "
                    "for another chip, for example an ESP32.",
                    entry),
        "Choose the build for the ESP8266 family.");
  }
}

void check_second(std::span<const std::uint8_t> file, const Image& first) {
  if (first.end > kSecondImage || file.size() <= kSecondImage) return;
  if (file[kSecondImage] != kMagic) {
    throw bad(
        "image.second",
        fmt::format("No application image at 0x1000 behind the boot loader ({:02X} instead of "
                    "E9).",
                    file[kSecondImage]),
        "The file is damaged or incomplete; download or build it again.");
  }
  check_entry(parse_image(file, kSecondImage).entry);
}

void check_header(const Image& image, const ImageRules& rules) {
  constexpr std::uint8_t kDout = static_cast<std::uint8_t>(FlashMode::dout);
  if (image.mode > kDout || (rules.esp8285 && image.mode != kDout)) {
    throw bad("image.mode",
              image.mode > kDout
                  ? fmt::format("Flash mode byte {:02X} does not exist.", image.mode)
                  : fmt::format("Flash mode {} does not work on an ESP8285: it would restart for "
                                "ever after a perfect write.",
                                to_string(static_cast<FlashMode>(image.mode))),
              "Set mode: dout for this step.");
  }
  const auto size = header_flash_bytes(image.size_freq);
  if (rules.flash_bytes != 0 && size && *size > rules.flash_bytes) {
    throw bad("image.flash_size",
              fmt::format("The header says {} KiB of flash, the unit has {} KiB.", *size / 1024,
                          rules.flash_bytes / 1024),
              "Choose the build for this flash size, or let the step patch the size.");
  }
}

void check_length(std::span<const std::uint8_t> file, const ImageRules& rules) {
  std::uint32_t limit = rules.space_end;
  if (rules.force) limit = rules.flash_bytes != 0 ? rules.flash_bytes : UINT32_MAX;
  if (file.size() > limit) {
    throw bad("image.too_large",
              fmt::format("The image has {} bytes; {} fit below 0x{:X}, where settings begin.",
                          file.size(), limit, limit),
              "Choose a smaller build, for example tasmota-lite.");
  }
}

}  // namespace

Image parse_image(std::span<const std::uint8_t> file, std::uint32_t offset) {
  if (file.size() < std::size_t{offset} + kHeader) {
    throw bad("image.short", fmt::format("The file ends inside the header at 0x{:X}.", offset),
              "Download or build the firmware again.");
  }
  if (file[offset] != kMagic) {
    throw bad("image.magic", fmt::format("{:02X} instead of E9 at 0x{:X}.", file[offset], offset),
              "Choose an ESP8266 firmware image.");
  }
  Image image{file[offset + 2], file[offset + 3], word_at(file, offset + 4), {}, 0};
  const std::uint8_t count = file[offset + 1];
  if (count == 0 || count > kMaxSegments) {
    throw bad("image.segment", fmt::format("The header at 0x{:X} says {} segments.", offset, count),
              "The file is damaged or not an ESP8266 image.");
  }
  std::uint8_t sum = 0xEF;
  std::uint64_t at = std::uint64_t{offset} + kHeader;
  for (unsigned index = 0; index < count; ++index) {
    const bool header_inside = at + kSegmentHeader <= file.size();
    const std::uint32_t length = header_inside ? word_at(file, at + 4) : 0;
    if (!header_inside || at + kSegmentHeader + length > file.size()) {
      throw bad("image.segment",
                fmt::format("Segment {} of the image at 0x{:X} reaches beyond the end of the file.",
                            index + 1, offset),
                "The file is cut short or damaged; download or build it again.");
    }
    const auto data = file.subspan(at + kSegmentHeader, length);
    image.segments.push_back(
        {word_at(file, at), static_cast<std::uint32_t>(at + kSegmentHeader), length});
    sum = static_cast<std::uint8_t>(sum ^ data_checksum(data) ^ 0xEF);
    at += kSegmentHeader + length;
  }
  // The checksum is the last byte of the 16-byte group, counted from the image's own start.
  const std::uint64_t checksum_at = offset + ((at - offset) | 15U);
  if (checksum_at >= file.size()) {
    throw bad(
        "image.segment",
        fmt::format("The checksum of the image at 0x{:X} lies beyond the end of the file.", offset),
        "The file is cut short; download or build it again.");
  }
  if (file[checksum_at] != sum) {
    throw bad("image.checksum",
              fmt::format("Checksum of the image at 0x{:X} is {:02X}, its data give {:02X}.",
                          offset, file[checksum_at], sum),
              "The file is damaged; download or build it again.");
  }
  image.end = static_cast<std::uint32_t>(checksum_at + 1);
  return image;
}

void check_image(std::span<const std::uint8_t> file, const ImageRules& rules) {
  check_kind(file);
  check_entry(word_at(file, 4));
  const Image first = parse_image(file, 0);
  check_second(file, first);
  if (!rules.force) check_header(first, rules);
  check_length(file, rules);
}

}  // namespace plugrig::esp
