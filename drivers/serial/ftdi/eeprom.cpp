#include "drivers/serial/ftdi/eeprom.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "drivers/serial/ftdi/cbus_pins.hpp"
#include "drivers/serial/ftdi/eeprom_faults.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::ftdi {

namespace {

constexpr std::size_t kSmallWords = 64;  ///< FT232R, 93C46
constexpr std::size_t kLargeWords = 128;

constexpr std::uint16_t kChecksumStart = 0xAAAA;
/// Words of an FT-X that belong to its user and are left out of the checksum.
constexpr std::size_t kUserAreaX = 0x12;
constexpr std::size_t kUserAreaEndX = 0x40;

/// The latency timer that unlocks an FT232R's EEPROM for writing (FTDI facts, section 7), and the
/// one that every open channel has.
constexpr std::uint8_t kUnlockLatency_ms = 0x77;
constexpr std::uint8_t kLatency_ms = 1;

unsigned byte_at(std::span<const std::uint16_t> words, std::uint16_t byte) {
  return (unsigned{words[byte / 2U]} >> (byte % 2U * 8U)) & 0xFFU;
}

void set_code(std::vector<std::uint16_t>& words, const CbusPlace& place, std::uint8_t code) {
  const unsigned shift = place.shift + (place.byte % 2U * 8U);
  std::uint16_t& word = words[place.byte / 2U];
  word = static_cast<std::uint16_t>((word & ~(place.mask << shift)) | (unsigned{code} << shift));
}

bool checksum_holds(ChipKind chip, std::span<const std::uint16_t> words) {
  return words.back() == eeprom_checksum(chip, words);
}

std::size_t words_to_read(ChipKind chip) {
  return chip == ChipKind::ft232r ? kSmallWords : kLargeWords;
}

bool repeats_itself(std::span<const std::uint16_t> words) {
  return words.size() == kLargeWords &&
         std::ranges::equal(words.first(kSmallWords), words.last(kSmallWords));
}

ChipKind chip_of(const Channel& channel) {
  if (channel.adapter().chip) return *channel.adapter().chip;
  throw Fault("ftdi.unknown_chip", Blame::host,
              fmt::format("The chip of {} is not one that the rig knows.", channel.name()),
              "Use an FT232R, FT230X, FT231X, FT232H, FT2232H or FT4232H.");
}

std::vector<std::uint16_t> read_words(Channel& channel, std::size_t count) {
  std::vector<std::uint16_t> words(count);
  for (std::size_t i = 0; i < count; ++i)
    words[i] = channel.read_eeprom_word(static_cast<std::uint16_t>(i));
  return words;
}

/// Addresses in the order of writing: an FT232R takes aligned pairs of words only.
std::vector<std::uint16_t> addresses_to_write(ChipKind chip, const CbusPlan& plan) {
  std::set<std::uint16_t> addresses;
  for (const CbusPlan::Word& word : plan.words) {
    addresses.insert(word.address);
    if (chip == ChipKind::ft232r) addresses.insert(word.address ^ 1U);
  }
  return {addresses.begin(), addresses.end()};
}

/// Unlocks the EEPROM as long as it lives.
class Unlocked {
 public:
  explicit Unlocked(Channel& channel) : channel_(channel) {
    channel_.set_latency_ms(kUnlockLatency_ms);
  }
  ~Unlocked() {
    try {
      channel_.set_latency_ms(kLatency_ms);
    } catch (const Fault&) {  // the adapter is gone, which the caller hears anyway
    }
  }
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  Channel& channel_;
};

std::string hex(std::span<const std::uint16_t> words) {
  std::string text;
  for (const std::uint16_t word : words) text += fmt::format("{:04X} ", word);
  return text;
}

}  // namespace

std::uint16_t eeprom_checksum(ChipKind chip, std::span<const std::uint16_t> words) {
  unsigned sum = kChecksumStart;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (chip == ChipKind::ft_x && i >= kUserAreaX && i < kUserAreaEndX) continue;
    sum ^= words[i];
    sum = ((sum << 1U) | (sum >> 15U)) & 0xFFFFU;
  }
  return static_cast<std::uint16_t>(sum);
}

EepromImage decode_eeprom(ChipKind chip, std::vector<std::uint16_t> words) {
  using State = EepromImage::State;
  if (std::ranges::all_of(words, [](std::uint16_t word) { return word == 0xFFFF; }))
    return {std::move(words), State::blank};
  if (repeats_itself(words)) words.resize(kSmallWords);
  const State state = checksum_holds(chip, words) ? State::valid : State::corrupt;
  return {std::move(words), state};
}

EepromImage read_eeprom(Channel& channel) {
  const ChipKind chip = chip_of(channel);
  return decode_eeprom(chip, read_words(channel, words_to_read(chip)));
}

std::vector<CbusFunction> cbus_functions(ChipKind chip, const EepromImage& image) {
  std::vector<CbusFunction> functions;
  if (image.state != EepromImage::State::valid) return functions;
  const auto names = cbus_function_names(chip);
  for (const CbusPlace& place : cbus_places(chip)) {
    const unsigned code = (byte_at(image.words, place.byte) >> place.shift) & place.mask;
    functions.push_back({.pin = static_cast<int>(functions.size()),
                         .pad = place.pad,
                         .code = static_cast<std::uint8_t>(code),
                         .name = code < names.size() ? names[code] : "unknown",
                         .io = code == cbus_io_code(chip)});
  }
  return functions;
}

CbusPlan plan_cbus_io(ChipKind chip, const EepromImage& image, std::span<const int> pins) {
  const auto places = cbus_places(chip);
  for (const int pin : pins) {
    if (pin >= 0 && static_cast<std::size_t>(pin) < places.size()) continue;
    throw Fault("ftdi.no_pin", Blame::config,
                fmt::format("{} has no CBUS pin {}.", facts_of(chip).name, pin),
                places.empty() ? "It has no CBUS pins beside a UART; use another channel's pins."
                               : fmt::format("It has CBUS pins 0 … {}.", places.size() - 1));
  }
  require_valid(image, fmt::format("the {}", facts_of(chip).name));
  EepromImage wanted = image;
  for (const int pin : pins)
    set_code(wanted.words, places[static_cast<std::size_t>(pin)], cbus_io_code(chip));
  wanted.words.back() = eeprom_checksum(chip, wanted.words);

  CbusPlan plan;
  const auto before = cbus_functions(chip, image);
  const auto after = cbus_functions(chip, wanted);
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i].code == after[i].code) continue;
    plan.before.push_back(before[i]);
    plan.after.push_back(after[i]);
  }
  for (std::size_t i = 0; i < image.words.size(); ++i) {
    if (image.words[i] != wanted.words[i])
      plan.words.push_back({static_cast<std::uint16_t>(i), image.words[i], wanted.words[i]});
  }
  return plan;
}

CbusPlan program_cbus_io(Channel& channel, std::span<const int> pins) {
  const ChipKind chip = chip_of(channel);
  const EepromImage image = read_eeprom(channel);
  CbusPlan plan = plan_cbus_io(chip, image, pins);
  if (plan.words.empty()) return plan;
  std::vector<std::uint16_t> wanted = image.words;
  for (const CbusPlan::Word& word : plan.words) wanted[word.address] = word.after;

  const Evidence before{"EEPROM before", hex(image.words)};
  try {
    const Unlocked unlocked(channel);
    for (const std::uint16_t address : addresses_to_write(chip, plan))
      channel.write_eeprom_word(address, wanted[address]);
  } catch (Fault& fault) {
    fault.add(before);
    throw;
  }
  const auto now = read_words(channel, wanted.size());
  if (now == wanted) return plan;
  throw Fault("ftdi.eeprom_write", Blame::host,
              fmt::format("The EEPROM of {} does not read back as it was written.", channel.name()),
              now == image.words
                  ? "Nothing was changed: the chip ignores writing, as counterfeits and protected "
                    "memories do. Use another adapter, or move the lines to other pins."
                  : "Run the command again before the adapter is unplugged; if it stays so, write "
                    "the words of the evidence back with FT_PROG or ftdi_eeprom.",
              {before, {"EEPROM now", hex(now)}});
}

}  // namespace plugrig::ftdi
