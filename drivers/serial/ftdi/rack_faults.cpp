#include "drivers/serial/ftdi/rack_faults.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace plugrig::ftdi {

namespace {

constexpr int kBitbangPins = 8;
constexpr int kModemOutputs = 2;

Fault no_pin(const Pin& pin, const std::string& what, const std::string& there_is) {
  return {"ftdi.no_pin", Blame::config,
          fmt::format("{}: {}.", channel_text(pin.adapter, pin.channel), what), there_is};
}

int cbus_pins(const ChipFacts& facts, const Pin& pin) {
  if (facts.cbus_pins > 0 && pin.channel == 0) return facts.cbus_pins;
  throw no_pin(pin, fmt::format("an {} has no CBUS pins there", facts.name),
               "Use a pin of another channel, or DTR and RTS.");
}

int free_pins(const ChipFacts& facts, bool mpsse, const Pin& pin) {
  if (!mpsse) return kBitbangPins;
  if (pin.channel < facts.mpsse_channels) return facts.mpsse_pins;
  throw no_pin(pin, fmt::format("an {} has no MPSSE there", facts.name),
               facts.mpsse_channels == 0
                   ? "Use bit-bang pins instead."
                   : fmt::format("Its first {} channel(s) have one; use those, or bit-bang pins.",
                                 facts.mpsse_channels));
}

}  // namespace

int pins_of_bank(ChipKind chip, bool mpsse, const Pin& pin) {
  const ChipFacts& facts = facts_of(chip);
  if (pin.channel < 0 || pin.channel >= facts.channels) {
    throw Fault("ftdi.no_channel", Blame::config,
                fmt::format("Adapter {} is an {} and has no channel {}.", pin.adapter, facts.name,
                            channel_text("", pin.channel).substr(1)),
                fmt::format("It has {} channel(s), from A.", facts.channels));
  }
  const int pins = pin.group == Pin::Group::modem  ? kModemOutputs
                   : pin.group == Pin::Group::cbus ? cbus_pins(facts, pin)
                                                   : free_pins(facts, mpsse, pin);
  if (pin.bit >= 0 && pin.bit < pins) return pins;
  throw no_pin(pin, fmt::format("there is no pin {}", pin.bit),
               pin.group == Pin::Group::modem ? "Outputs of a UART are DTR (0) and RTS (1)."
                                              : fmt::format("There are pins 0 … {}.", pins - 1));
}

std::string channel_text(const std::string& adapter, int channel) {
  if (channel < 0 || channel > 25) return fmt::format("{}.{}", adapter, channel);
  return fmt::format("{}.{}", adapter, static_cast<char>('A' + channel));
}

Fault no_adapter_fault(const std::string& adapter, const std::vector<std::string>& known) {
  return {"ftdi.no_adapter", Blame::config,
          fmt::format("The bench has no adapter named {}.", adapter),
          known.empty() ? "Name it under 'adapters' in the bench file."
                        : fmt::format("It has {}.", fmt::join(known, ", "))};
}

Fault in_use_fault(const std::string& adapter, int channel, const std::string& use) {
  return {"ftdi.in_use", Blame::config,
          fmt::format("Channel {} is in use as {}.", channel_text(adapter, channel), use),
          "Give each channel one use in the bench file: UART of one slot, or pins."};
}

Fault stale_fault(const std::string& adapter, int channel) {
  return {"ftdi.stale", Blame::host,
          fmt::format("Channel {} has not shown its inputs for some time.",
                      channel_text(adapter, channel)),
          "Unplug the adapter and plug it in again; use another USB port if it comes back."};
}

}  // namespace plugrig::ftdi
