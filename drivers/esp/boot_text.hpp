#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace plugrig::esp {

/// One `ets Jan  8 2013,rst cause:D, boot mode:(A,B)` line.
struct BootLine {
  int reset_cause =
      -1;              ///< 1 power-on, 2 reset pin, 3 software, 4 hardware watchdog, 5/6 deep sleep
  int boot_mode = -1;  ///< strap number: 1 = UART download, 3 = boot from flash
};

/// What the ROM said after a reset (ESP8266 flashing notes, boot message).
struct BootText {
  std::vector<BootLine> lines;  ///< every reset seen, in order
  bool loader_started = false;  ///< second stage said "load 0x…": the image was accepted
  bool checksum_error = false;  ///< "csum err"
  bool rom_gave_up = false;     ///< "ets_main.c": no usable image
  bool handed_over = false;     ///< "~ld": the second stage starts the application next
  bool garbage = false;         ///< bytes came, but mostly not text: wrong rate or crystal
  std::string printable;        ///< everything, unprintable bytes as \xNN, at most 2000 characters
};

/// Never throws on any input.
BootText parse_boot_text(std::span<const std::uint8_t> bytes);

/// Whether these bytes look like those of a slower talker, received at a rate too high: pieces of
/// long levels, so that most bytes are 00 or one run of zeros and one of ones. FF does not count,
/// for erased flash is full of it; a stream of zeros looks the same. Together with silence
/// afterwards it tells that a chip restarted in the middle of a frame.
bool looks_like_slower_text(std::span<const std::uint8_t> bytes);

/// Text with unprintable bytes as \xNN and line ends as \n, at most `limit` characters (the end is
/// kept).
std::string to_printable(std::span<const std::uint8_t> bytes, std::size_t limit = 2000);

/// Space-separated hex, at most `limit` bytes (the end is kept).
std::string to_hex(std::span<const std::uint8_t> bytes, std::size_t limit = 256);

/// "external reset", …
std::string reset_cause_text(int cause);

}  // namespace plugrig::esp
