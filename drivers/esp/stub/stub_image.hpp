#pragma once

#include <cstdint>
#include <span>

namespace plugrig::esp {

/// The stub loader: a program for the chip's RAM, built from the C sources beside this file.
/// Upload with MEM_BEGIN / MEM_DATA to the two addresses, then MEM_END with `entry`; it announces
/// itself with a frame "OHAI" at the rate in force. Sizes are multiples of 4 bytes.
struct StubImage {
  std::uint32_t text_address;
  std::span<const std::uint8_t> text;
  std::uint32_t data_address;
  std::span<const std::uint8_t> data;
  std::uint32_t entry;
};

/// The built stub; valid for the life of the program, any thread.
const StubImage& stub_image();

}  // namespace plugrig::esp
