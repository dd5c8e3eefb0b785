#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "drivers/api/boot_control.hpp"
#include "drivers/api/chip_flasher.hpp"
#include "drivers/api/uart.hpp"
#include "rig/core/clock.hpp"

namespace plugrig::esp {

struct FlasherOptions {
  /// Rate wanted for the work, bit/s. When errors grow it is lowered step by step (2 M, 1 M,
  /// 921600, 460800, 115200) and stays low for the life of the flasher.
  std::uint32_t baud = 921600;
  /// False: everything with the mask ROM's loader; slow, and no digests.
  bool use_stub = true;
  /// "ESP8285" or "ESP8266EX": another chip is Fault `esp.chip.unexpected`. Empty: any.
  std::string expected_chip;
  /// First flash address that an image may not reach.
  std::uint32_t image_space_end = 0xF3000;
  /// Characters of wire log kept as evidence.
  std::size_t log_bytes = 8192;
};

/// The flasher of one slot. All three references outlive it. One thread.
std::unique_ptr<ChipFlasher> make_flasher(Uart& uart, BootControl& boot, Clock& clock,
                                          FlasherOptions options = {});

}  // namespace plugrig::esp
