#pragma once

#include <fmt/format.h>

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "drivers/serial/ftdi/channel.hpp"
#include "drivers/serial/ftdi/eeprom.hpp"
#include "drivers/serial/ftdi/rack.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::ftdi {

/// What is at the pins of one channel at one moment.
struct PinsSeen {
  unsigned driven = 0, levels = 0;  ///< levels of driven pins
  friend bool operator==(const PinsSeen&, const PinsSeen&) = default;
};

/// One channel of a chip: modes, latch, directions, inputs from outside. Outlives who opens it.
struct FakePort {
  BitMode mode = BitMode::uart;
  unsigned latch = 0, directions = 0;  ///< of its pins
  unsigned cbus_levels = 0, cbus_directions = 0;
  unsigned outside = 0xFFFF;  ///< levels of what is not driven: pull-ups
  bool dtr = false, rts = false, break_on = false;
  LineStatus line;
  std::uint32_t baud = 9600;
  bool mpsse_works = true, cbus_works = true;
  bool busy = false;  ///< another process has it
  int opened = 0;     ///< times
  std::deque<std::uint8_t> to_host;
  std::vector<std::string> requests;
  std::vector<PinsSeen> trace;  ///< every change of pins or CBUS pins

  [[nodiscard]] unsigned level_at_pins() const {
    return (latch & directions) | (outside & ~directions);
  }

  void saw() {
    const bool cbus = mode == BitMode::cbus;
    const PinsSeen now = cbus ? PinsSeen{cbus_directions, cbus_levels & cbus_directions}
                              : PinsSeen{directions, latch & directions};
    if (trace.empty() || !(trace.back() == now)) trace.push_back(now);
  }
};

/// An adapter on a bus: plugged in or not.
struct FakeAdapter {
  AdapterInfo info;
  bool attached = true;
  int plugged_in = 1;  ///< times; a channel is of one of them
  std::array<FakePort, 4> ports;
  std::vector<std::uint16_t> eeprom;
  bool eeprom_writable = true;
  std::uint8_t latency_ms = 16;
  std::function<void()> before_write;  ///< of an EEPROM word
  std::vector<std::string> sequence;   ///< of all channels: "D 0B 0104"

  explicit FakeAdapter(ChipKind chip, std::string serial = "FT7XK2A1") {
    info.chip = chip;
    info.serial = std::move(serial);
    info.path = "1-4";
    info.permitted = true;
    info.channels.resize(static_cast<std::size_t>(facts_of(chip).channels));
    const std::size_t words = chip == ChipKind::ft232r ? 64 : 128;
    for (std::size_t i = 0; i < words; ++i)
      eeprom.push_back(static_cast<std::uint16_t>(i * 0x0101U));
    seal();
  }

  void seal() { eeprom.back() = eeprom_checksum(*info.chip, eeprom); }

  void unplug() { attached = false; }
  void plug() {
    attached = true;
    ++plugged_in;
    for (FakePort& port : ports) {
      const unsigned outside = port.outside;
      port = FakePort{};
      port.outside = outside;
    }
  }

  [[nodiscard]] std::size_t requests() const {
    std::size_t count = 0;
    for (const FakePort& port : ports) count += port.requests.size();
    return count;
  }
};

/// A channel of a fake adapter, without a USB below.
class FakeChannel final : public Channel {
 public:
  FakeChannel(std::shared_ptr<FakeAdapter> adapter, int index, Clock& clock)
      : adapter_(std::move(adapter)),
        index_(index),
        plugged_in_(adapter_->plugged_in),
        clock_(clock) {
    ++port().opened;
  }

  [[nodiscard]] const AdapterInfo& adapter() const override { return adapter_->info; }
  [[nodiscard]] int index() const override { return index_; }
  [[nodiscard]] std::string name() const override {
    return fmt::format("quad.{}", static_cast<char>('A' + index_));
  }
  [[nodiscard]] bool lost() const override {
    return !adapter_->attached || plugged_in_ != adapter_->plugged_in;
  }

  [[nodiscard]] BitMode bit_mode() const override { return adapter_->ports.at(slot()).mode; }

  void set_modem_lines(std::optional<bool> dtr, std::optional<bool> rts) override {
    const auto text = [](std::optional<bool> on) { return !on ? "-" : *on ? "1" : "0"; };
    request(fmt::format("01 dtr={} rts={}", text(dtr), text(rts)));
    port().dtr = dtr.value_or(port().dtr);
    port().rts = rts.value_or(port().rts);
  }

  void set_bit_mode(BitMode mode, std::uint8_t mask) override {
    request(fmt::format("0B {:02X}{:02X}", static_cast<unsigned>(mode), mask));
    FakePort& p = port();
    p.mode = mode;
    if (mode == BitMode::cbus) {
      p.cbus_levels = mask & 0x0FU;
      p.cbus_directions = mask >> 4U;
    } else {
      p.cbus_directions = 0;
      p.directions = mode == BitMode::async_bitbang ? mask : 0;
    }
    p.saw();
  }

  std::uint8_t read_pins() override {
    request("0C");
    const FakePort& p = port();
    if (p.mode != BitMode::cbus) return static_cast<std::uint8_t>(p.level_at_pins());
    if (!p.cbus_works) return 0x0F;
    return static_cast<std::uint8_t>((p.cbus_levels & p.cbus_directions) |
                                     (p.outside & ~p.cbus_directions & 0x0FU));
  }

  Rate set_rate(std::uint32_t baud) override {
    request("03");
    port().baud = baud;
    return {baud, static_cast<double>(baud)};
  }
  void set_break(bool break_on) override {
    request(break_on ? "04 break" : "04");
    port().break_on = break_on;
  }
  void set_latency_ms(std::uint8_t ms) override {
    request(fmt::format("09 {}", ms));
    adapter_->latency_ms = ms;
  }
  void set_event_character(std::optional<std::uint8_t> /*character*/) override { request("06"); }

  std::uint16_t read_eeprom_word(std::uint16_t address) override {
    check();
    return adapter_->eeprom.at(address % adapter_->eeprom.size());
  }
  /// An FT232R keeps the first word of an aligned pair until the second comes.
  void write_eeprom_word(std::uint16_t address, std::uint16_t word) override {
    if (adapter_->before_write) adapter_->before_write();
    request(fmt::format("91 {:02X}={:04X}", address, word));
    auto& eeprom = adapter_->eeprom;
    if (!adapter_->eeprom_writable) return;
    if (*adapter_->info.chip != ChipKind::ft232r) {
      eeprom.at(address) = word;
      return;
    }
    if (adapter_->latency_ms != 0x77) return;
    if (address % 2 == 0) {
      first_of_pair_ = {address, word};
    } else if (first_of_pair_.first + 1 == address) {
      eeprom.at(address - 1U) = first_of_pair_.second;
      eeprom.at(address) = word;
    }
  }

  void write(std::span<const std::uint8_t> bytes, const Deadline& /*deadline*/) override {
    std::string text = "out";
    for (const std::uint8_t byte : bytes) text += fmt::format(" {:02X}", byte);
    request(text);
    FakePort& p = port();
    if (p.mode == BitMode::async_bitbang) {
      for (const std::uint8_t byte : bytes) {
        p.latch = byte;
        p.saw();
      }
    }
    if (p.mode == BitMode::mpsse && p.mpsse_works) run_mpsse(bytes);
  }

  std::size_t read(std::span<std::uint8_t> into, const Deadline& deadline) override {
    check();
    FakePort& p = port();
    if (p.to_host.empty()) {
      clock_.sleep_until(deadline);
      return 0;
    }
    std::size_t count = 0;
    while (count < into.size() && !p.to_host.empty()) {
      into[count++] = p.to_host.front();
      p.to_host.pop_front();
    }
    return count;
  }

  void drain(const Deadline& /*deadline*/) override { check(); }
  void discard_input() override {
    check();
    port().to_host.clear();
  }
  void discard_output() override { check(); }
  [[nodiscard]] LineStatus status() const override { return adapter_->ports.at(slot()).line; }

 private:
  [[nodiscard]] std::size_t slot() const { return static_cast<std::size_t>(index_); }
  FakePort& port() { return adapter_->ports.at(slot()); }

  void check() const {
    if (lost()) throw Fault("ftdi.lost", Blame::host, "The adapter is gone.", "Plug it in again.");
  }
  void request(std::string text) {
    check();
    adapter_->sequence.push_back(fmt::format("{} {}", static_cast<char>('A' + index_), text));
    port().requests.push_back(std::move(text));
  }

  void run_mpsse(std::span<const std::uint8_t> bytes) {
    FakePort& p = port();
    const auto set = [&p](unsigned shift, unsigned levels, unsigned directions) {
      p.latch = (p.latch & ~(0xFFU << shift)) | (levels << shift);
      p.directions = (p.directions & ~(0xFFU << shift)) | (directions << shift);
      p.saw();
    };
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      switch (bytes[i]) {
        case 0x80:
        case 0x82:
          set(bytes[i] == 0x80 ? 0 : 8, bytes[i + 1], bytes[i + 2]);
          i += 2;
          break;
        case 0x81:
          p.to_host.push_back(static_cast<std::uint8_t>(p.level_at_pins()));
          break;
        case 0x83:
          p.to_host.push_back(static_cast<std::uint8_t>(p.level_at_pins() >> 8U));
          break;
        case 0x87:
          break;
        default:
          p.to_host.push_back(0xFA);
          p.to_host.push_back(bytes[i]);
      }
    }
  }

  const std::shared_ptr<FakeAdapter> adapter_;
  const int index_;
  const int plugged_in_;
  Clock& clock_;
  std::pair<int, std::uint16_t> first_of_pair_{-2, 0};
};

/// An adapter of a bench file.
inline RackAdapter in_bench(std::string name, std::string serial = {}) {
  RackAdapter adapter;
  adapter.wanted.name = std::move(name);
  adapter.wanted.serial = std::move(serial);
  return adapter;
}

/// A bus of fake adapters, as a rack reaches it.
inline RackUsb fake_usb(std::vector<std::shared_ptr<FakeAdapter>> adapters, Clock& clock) {
  RackUsb usb;
  usb.list = [adapters] {
    std::vector<AdapterInfo> attached;
    for (const auto& adapter : adapters)
      if (adapter->attached) attached.push_back(adapter->info);
    return attached;
  };
  usb.open = [adapters, &clock](const AdapterInfo& info, const ChannelOptions& options) {
    for (const auto& adapter : adapters) {
      if (adapter->info.serial != info.serial) continue;
      if (adapter->ports.at(static_cast<std::size_t>(options.index)).busy)
        throw Fault("ftdi.busy", Blame::host, "Somebody has it.", "End that.");
      return std::shared_ptr<Channel>(std::make_shared<FakeChannel>(adapter, options.index, clock));
    }
    throw Fault("ftdi.open", Blame::host, "It is gone.", "Plug it in again.");
  };
  return usb;
}

/// Id of the fault that `action` throws; "none" without one.
template <typename Action>
std::string fault_id(const Action& action) {
  try {
    action();
  } catch (const Fault& fault) {
    return fault.id();
  }
  return "none";
}

}  // namespace plugrig::ftdi
