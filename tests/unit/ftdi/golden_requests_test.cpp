#include <gmock/gmock.h>

#include "drivers/serial/ftdi/uart.hpp"
#include "tests/unit/ftdi/usb_bench.hpp"

// What the driver asks of a chip, request by request, against a list made by hand from the FTDI
// facts page: type, bRequest, wValue, wIndex. Each row names its section.

namespace plugrig::ftdi::test {
namespace {

using testing::ElementsAreArray;

/// What opening sends, by chip and channel: section 2 (requests and their values; channels count
/// from 1 in wIndex, which libftdi1 does on single-channel chips too), section 3 (9600 baud),
/// section 8, pitfall 10 (libftdi1 resets the channel and sets 9600 baud when it opens).
struct Opening {
  ChipKind chip;
  int channel;
  std::vector<std::string> requests;
};

const Opening kOpenings[] = {
    {ChipKind::ft232r,
     0,
     {
         "40 00 0000 0001",  // 2: reset, by libftdi1
         "40 03 4138 0000",  // 3: 9600, by libftdi1
         "40 0B 0000 0001",  // 2, 6: no bit mode
         "40 01 0300 0001",  // 2, 5: change DTR and RTS, both released, one request
         "40 02 0000 0001",  // 2: no flow control
         "40 04 0008 0001",  // 2: 8 data bits, no parity, 1 stop bit, no break
         "40 09 0001 0001",  // 2, 4: latency timer 1 ms
         "40 06 0000 0001",  // 2: no event character
         "40 00 0001 0001",  // 2: drop what waits for the wire
         "40 00 0002 0001",  // 2: drop what waits for the host
     }},
    {ChipKind::ft_x,
     0,
     {"40 00 0000 0001", "40 03 4138 0000", "40 0B 0000 0001", "40 01 0300 0001", "40 02 0000 0001",
      "40 04 0008 0001", "40 09 0001 0001", "40 06 0000 0001", "40 00 0001 0001",
      "40 00 0002 0001"}},
    {ChipKind::ft232h,
     0,
     {"40 00 0000 0001", "40 03 04E2 0201", "40 0B 0000 0001", "40 01 0300 0001", "40 02 0000 0001",
      "40 04 0008 0001", "40 09 0001 0001", "40 06 0000 0001", "40 00 0001 0001",
      "40 00 0002 0001"}},
    {ChipKind::ft2232h,
     1,
     {"40 00 0000 0002", "40 03 04E2 0202", "40 0B 0000 0002", "40 01 0300 0002", "40 02 0000 0002",
      "40 04 0008 0002", "40 09 0001 0002", "40 06 0000 0002", "40 00 0001 0002",
      "40 00 0002 0002"}},
    {ChipKind::ft4232h,
     3,
     {"40 00 0000 0004", "40 03 04E2 0204", "40 0B 0000 0004", "40 01 0300 0004", "40 02 0000 0004",
      "40 04 0008 0004", "40 09 0001 0004", "40 06 0000 0004", "40 00 0001 0004",
      "40 00 0002 0004"}},
};

/// One operation of a channel.
struct Operation {
  const char* what;
  const char* section;
  ChipKind chip;
  int channel;
  std::function<void(Channel&)> run;
  std::vector<std::string> requests;
};

std::function<void(Channel&)> rate(std::uint32_t baud) {
  return [baud](Channel& channel) { channel.set_rate(baud); };
}

std::function<void(Channel&)> mode(BitMode bit_mode, std::uint8_t mask) {
  return [bit_mode, mask](Channel& channel) { channel.set_bit_mode(bit_mode, mask); };
}

std::function<void(Channel&)> lines(std::optional<bool> dtr, std::optional<bool> rts) {
  return [dtr, rts](Channel& channel) { channel.set_modem_lines(dtr, rts); };
}

const Operation kOperations[] = {
    // The table of section 3, both columns.
    {"300 bit/s", "3", ChipKind::ft232r, 0, rate(300), {"40 03 2710 0000"}},
    {"74880 bit/s", "3", ChipKind::ft232r, 0, rate(74880), {"40 03 C028 0000"}},
    {"115200 bit/s", "3", ChipKind::ft_x, 0, rate(115200), {"40 03 001A 0001"}},
    {"230400 bit/s", "3", ChipKind::ft232r, 0, rate(230400), {"40 03 000D 0000"}},
    {"460800 bit/s", "3", ChipKind::ft232r, 0, rate(460800), {"40 03 4006 0000"}},
    {"921600 bit/s", "3", ChipKind::ft_x, 0, rate(921600), {"40 03 8003 0001"}},
    // The FT-X has bit 16 of the divisor above the channel (pyftdi issue 295), the FT232R has not.
    {"256000 bit/s", "-", ChipKind::ft_x, 0, rate(256000), {"40 03 800B 0101"}},
    {"256000 bit/s", "3", ChipKind::ft232r, 0, rate(256000), {"40 03 800B 0001"}},
    {"1.5 Mbit/s", "3", ChipKind::ft232r, 0, rate(1'500'000), {"40 03 0002 0000"}},
    {"2 Mbit/s", "3", ChipKind::ft232r, 0, rate(2'000'000), {"40 03 0001 0000"}},
    {"3 Mbit/s", "3", ChipKind::ft232r, 0, rate(3'000'000), {"40 03 0000 0000"}},
    {"300 bit/s", "3", ChipKind::ft232h, 0, rate(300), {"40 03 2710 0001"}},
    {"74880 bit/s", "3", ChipKind::ft2232h, 0, rate(74880), {"40 03 80A0 0201"}},
    {"115200 bit/s", "3", ChipKind::ft4232h, 0, rate(115200), {"40 03 C068 0201"}},
    {"230400 bit/s", "3", ChipKind::ft232h, 0, rate(230400), {"40 03 C034 0201"}},
    {"460800 bit/s", "3", ChipKind::ft2232h, 0, rate(460800), {"40 03 001A 0201"}},
    {"921600 bit/s", "3", ChipKind::ft4232h, 0, rate(921600), {"40 03 000D 0201"}},
    {"1.5 Mbit/s", "3", ChipKind::ft4232h, 0, rate(1'500'000), {"40 03 0008 0201"}},
    {"2 Mbit/s", "3", ChipKind::ft4232h, 0, rate(2'000'000), {"40 03 0006 0201"}},
    {"3 Mbit/s", "3", ChipKind::ft4232h, 0, rate(3'000'000), {"40 03 0004 0201"}},
    {"4 Mbit/s", "3", ChipKind::ft2232h, 0, rate(4'000'000), {"40 03 0003 0201"}},
    {"12 Mbit/s", "3", ChipKind::ft232h, 0, rate(12'000'000), {"40 03 0000 0201"}},
    {"channel D", "2, 3", ChipKind::ft4232h, 3, rate(115200), {"40 03 C068 0204"}},
    // Modem lines: one request for both; a line alone does not touch the other.
    {"reset low", "5", ChipKind::ft232r, 0, lines(true, false), {"40 01 0301 0001"}},
    {"strap low", "5", ChipKind::ft232r, 0, lines(false, true), {"40 01 0302 0001"}},
    {"both", "5", ChipKind::ft4232h, 2, lines(true, true), {"40 01 0303 0003"}},
    {"DTR alone", "2", ChipKind::ft232h, 0, lines(true, std::nullopt), {"40 01 0101 0001"}},
    {"RTS alone", "2", ChipKind::ft232h, 0, lines(std::nullopt, true), {"40 01 0202 0001"}},
    {"RTS off", "2", ChipKind::ft2232h, 1, lines(std::nullopt, false), {"40 01 0200 0002"}},
    {"neither", "5", ChipKind::ft232r, 0, lines(std::nullopt, std::nullopt), {}},
    // Bit modes: high byte mode, low byte mask.
    {"bit-bang",
     "6",
     ChipKind::ft2232h,
     1,
     mode(BitMode::async_bitbang, 0x2F),
     {"40 0B 012F 0002"}},
    {"MPSSE", "6", ChipKind::ft232h, 0, mode(BitMode::mpsse, 0), {"40 0B 0200 0001"}},
    {"CBUS", "6", ChipKind::ft232r, 0, mode(BitMode::cbus, 0x51), {"40 0B 2051 0001"}},
    {"UART", "6", ChipKind::ft4232h, 3, mode(BitMode::uart, 0), {"40 0B 0000 0004"}},
    {"rate beside CBUS",
     "8, pitfall 1",
     ChipKind::ft_x,
     0,
     [](Channel& channel) {
       channel.set_bit_mode(BitMode::cbus, 0);
       channel.set_rate(115200);
     },
     {"40 0B 2000 0001", "40 03 001A 0001"}},
    {"read pins",
     "2",
     ChipKind::ft2232h,
     1,
     [](Channel& channel) { channel.read_pins(); },
     {"C0 0C 0000 0002"}},
    {"break on",
     "2",
     ChipKind::ft232r,
     0,
     [](Channel& channel) { channel.set_break(true); },
     {"40 04 4008 0001"}},
    {"break off",
     "2",
     ChipKind::ft4232h,
     1,
     [](Channel& channel) { channel.set_break(false); },
     {"40 04 0008 0002"}},
    {"latency 2 ms",
     "2",
     ChipKind::ft232r,
     0,
     [](Channel& channel) { channel.set_latency_ms(2); },
     {"40 09 0002 0001"}},
    {"event character",
     "2, 4",
     ChipKind::ft4232h,
     0,
     [](Channel& channel) { channel.set_event_character(0xC0); },
     {"40 06 01C0 0001"}},
    {"no event character",
     "2",
     ChipKind::ft4232h,
     0,
     [](Channel& channel) { channel.set_event_character(std::nullopt); },
     {"40 06 0000 0001"}},
    {"discard input",
     "2; 8, pitfall 8",
     ChipKind::ft232h,
     0,
     [](Channel& channel) { channel.discard_input(); },
     {"40 00 0002 0001"}},
    {"discard output",
     "2; 8, pitfall 8",
     ChipKind::ft2232h,
     1,
     [](Channel& channel) { channel.discard_output(); },
     {"40 00 0001 0002"}},
    {"drain an idle line",
     "2, 4",
     ChipKind::ft2232h,
     1,
     [](Channel& channel) { channel.drain({}); },
     {"C0 05 0000 0002"}},
    {"EEPROM word",
     "2, 7",
     ChipKind::ft232r,
     0,
     [](Channel& channel) { channel.read_eeprom_word(0x0A); },
     {"C0 90 0000 000A"}},
    {"EEPROM write",
     "2, 7",
     ChipKind::ft_x,
     0,
     [](Channel& channel) { channel.write_eeprom_word(0x0D, 0x0808); },
     {"40 91 0808 000D"}},
};

class GoldenRequests : public UsbTest {};

TEST_F(GoldenRequests, Opening) {
  for (const Opening& row : kOpenings) {
    const Plugged plugged(row.chip, "G1");
    const auto channel = open("G1", row.channel);
    EXPECT_THAT(requests_of(plugged.chip()), ElementsAreArray(row.requests))
        << facts_of(row.chip).name;
  }
}

TEST_F(GoldenRequests, Operations) {
  for (const Operation& row : kOperations) {
    const Plugged plugged(row.chip, "G1");
    const auto channel = open("G1", row.channel);
    plugged->forget_requests();
    row.run(*channel);
    EXPECT_THAT(requests_of(plugged.chip()), ElementsAreArray(row.requests))
        << row.what << " on " << facts_of(row.chip).name << ", section " << row.section;
  }
}

// Section 2 (requests), section 6 ("state survives": nothing but 0B lets go of pins).
TEST_F(GoldenRequests, Closing) {
  const Plugged plugged(ChipKind::ft2232h, "G1");
  auto uart = open("G1", 0);
  auto pins = open("G1", 1);
  pins->set_bit_mode(BitMode::async_bitbang, 0xFF);
  plugged->forget_requests();
  uart.reset();
  EXPECT_THAT(requests_of(plugged.chip()),
              ElementsAreArray({"40 0B 0000 0001", "40 01 0300 0001", "40 04 0008 0001"}));
  plugged->forget_requests();
  pins.reset();
  EXPECT_THAT(requests_of(plugged.chip()),
              ElementsAreArray({"40 0B 0100 0002", "40 01 0300 0002"}));
}

// Sections 3 (115200), 4 (event character C0 for SLIP), 10 (TXD floats while the unit is off),
// 6 (the chip samples its pins meanwhile: slowly).
TEST_F(GoldenRequests, ParkingAUart) {
  const Plugged plugged(ChipKind::ft2232h, "G1");
  FtdiUart uart(open("G1", 0), *clock_);
  plugged->forget_requests();
  uart.park(true);
  uart.park(true);
  EXPECT_THAT(requests_of(plugged.chip()),
              ElementsAreArray({"40 0B 0100 0001", "40 03 2710 0201"}));
  plugged->forget_requests();
  uart.park(false);
  EXPECT_THAT(requests_of(plugged.chip()),
              ElementsAreArray(
                  {"40 03 C068 0201", "40 0B 0000 0001", "40 01 0300 0001", "40 00 0002 0001"}));
}

}  // namespace
}  // namespace plugrig::ftdi::test
