#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>

#include "tests/unit/ftdi/usb_bench.hpp"

// What the driver asks of a chip, against what pyftdi (which has its own code for all of it) was
// captured asking for the same operation: tests/peers/ftdi/captured_pyftdi.txt.

namespace plugrig::ftdi::test {
namespace {

using testing::ElementsAreArray;
using Requests = std::vector<std::string>;

/// "ft2232h B rate 9600" → "40 03 04e2 0202", …
std::multimap<std::string, std::string> captured() {
  std::multimap<std::string, std::string> rows;
  std::ifstream file(PLUGRIG_SOURCE_DIR "/tests/peers/ftdi/captured_pyftdi.txt");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(" : ");
    if (line.starts_with("#") || colon == std::string::npos) continue;
    rows.emplace(line.substr(0, colon), line.substr(colon + 3));
  }
  return rows;
}

struct Place {
  const char* name;  ///< in the capture
  ChipKind chip;
  int channel;
};
constexpr Place kPlaces[] = {
    {"ft232r A", ChipKind::ft232r, 0},   {"ft230x A", ChipKind::ft_x, 0},
    {"ft232h A", ChipKind::ft232h, 0},   {"ft2232h A", ChipKind::ft2232h, 0},
    {"ft2232h B", ChipKind::ft2232h, 1}, {"ft4232h A", ChipKind::ft4232h, 0},
    {"ft4232h D", ChipKind::ft4232h, 3},
};

struct Operation {
  const char* name;  ///< in the capture
  std::function<void(Channel&)> run;
};

std::vector<Operation> operations() {
  const auto modem = [](std::optional<bool> dtr, std::optional<bool> rts) {
    return [=](Channel& channel) { channel.set_modem_lines(dtr, rts); };
  };
  const auto mode = [](BitMode bit_mode, std::uint8_t mask) {
    return [=](Channel& channel) { channel.set_bit_mode(bit_mode, mask); };
  };
  const auto rate = [](std::uint32_t baud) {
    return [=](Channel& channel) { channel.set_rate(baud); };
  };
  const auto latency = [](std::uint8_t ms) {
    return [=](Channel& channel) { channel.set_latency_ms(ms); };
  };
  return {
      {"rate 300", rate(300)},
      {"rate 9600", rate(9600)},
      {"rate 74880", rate(74880)},
      {"rate 115200", rate(115200)},
      {"rate 230400", rate(230400)},
      {"rate 256000", rate(256'000)},
      {"rate 460800", rate(460800)},
      {"rate 921600", rate(921600)},
      {"rate 1500000", rate(1'500'000)},
      {"rate 2000000", rate(2'000'000)},
      {"rate 3000000", rate(3'000'000)},
      {"rate 4000000", rate(4'000'000)},
      {"rate 12000000", rate(12'000'000)},
      {"latency 1", latency(1)},
      {"latency 2", latency(2)},
      {"latency 16", latency(16)},
      {"latency 255", latency(255)},
      {"modem 0 0", modem(false, false)},
      {"modem 1 0", modem(true, false)},
      {"modem 0 1", modem(false, true)},
      {"modem 1 1", modem(true, true)},
      {"dtr 1", modem(true, std::nullopt)},
      {"dtr 0", modem(false, std::nullopt)},
      {"rts 1", modem(std::nullopt, true)},
      {"rts 0", modem(std::nullopt, false)},
      {"format 8N1", [](Channel& channel) { channel.set_break(false); }},
      {"format 8N1 break", [](Channel& channel) { channel.set_break(true); }},
      {"event C0 on", [](Channel& channel) { channel.set_event_character(0xC0); }},
      {"drop_input", [](Channel& channel) { channel.discard_input(); }},
      {"drop_output", [](Channel& channel) { channel.discard_output(); }},
      {"mode bitbang 0F", mode(BitMode::async_bitbang, 0x0F)},
      {"mode sync 0F", mode(BitMode::sync_bitbang, 0x0F)},
      {"mode mpsse", mode(BitMode::mpsse, 0)},
      {"mode cbus 31", mode(BitMode::cbus, 0x31)},
      {"read_pins", [](Channel& channel) { channel.read_pins(); }},
      {"read_eeprom_word 10", [](Channel& channel) { channel.read_eeprom_word(0x10); }},
  };
}

/// Lower case, and without the channel where it counts for nothing: chips with one channel ignore
/// it (FTDI facts, section 2) but in the rate request.
std::string comparable(std::string request, ChipKind chip) {
  std::transform(request.begin(), request.end(), request.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  const bool rate = request.substr(3, 2) == "03", word = request.substr(3, 1) == "9";
  if (!rate && !word && facts_of(chip).channels == 1) request.replace(10, 4, "....");
  return request;
}

class ForeignRequests : public UsbTest {};

TEST_F(ForeignRequests, AreTheDriversOwn) {
  const auto rows = captured();
  ASSERT_GT(rows.size(), 250U);
  int compared = 0;
  for (const auto& place : kPlaces) {
    const Plugged plugged(place.chip, "P1");
    for (const auto& operation : operations()) {
      const auto [begin, end] = rows.equal_range(std::string(place.name) + " " + operation.name);
      if (begin == end) continue;  // the chip has no such mode or rate
      Requests theirs;
      for (auto it = begin; it != end; ++it) theirs.push_back(comparable(it->second, place.chip));
      const auto channel = open("P1", place.channel);
      plugged->forget_requests();
      operation.run(*channel);
      Requests ours;
      for (const auto& request : requests_of(plugged.chip()))
        ours.push_back(comparable(request, place.chip));
      EXPECT_THAT(ours, ElementsAreArray(theirs)) << place.name << " " << operation.name;
      ++compared;
    }
  }
  EXPECT_GT(compared, 220);
}

}  // namespace
}  // namespace plugrig::ftdi::test
