#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "drivers/serial/ftdi/adapters.hpp"
#include "drivers/serial/ftdi/channel.hpp"
#include "fixtures/twin/ftdi/chip.hpp"
#include "rig/core/fault.hpp"
#include "tests/unit/ftdi/temp_folder.hpp"
#include "tests/usb_bus/usb_bus.hpp"

namespace plugrig::ftdi::test {

using namespace std::chrono_literals;
using twin::ftdi::Chip;
using twin::ftdi::Model;
using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

inline constexpr ChipKind kAllChips[] = {ChipKind::ft232r, ChipKind::ft_x, ChipKind::ft232h,
                                         ChipKind::ft2232h, ChipKind::ft4232h};

inline Model model_of(ChipKind kind) {
  switch (kind) {
    case ChipKind::ft232r:
      return Model::ft232r;
    case ChipKind::ft_x:
      return Model::ft230x;
    case ChipKind::ft232h:
      return Model::ft232h;
    case ChipKind::ft2232h:
      return Model::ft2232h;
    default:
      return Model::ft4232h;
  }
}

/// An emulated chip on the emulated bus, pulled out at the end.
class Plugged {
 public:
  Plugged(ChipKind kind, const std::string& serial, std::string port = "1-1",
          usb_bus::PlugOptions options = {}, const twin::ftdi::ChipOptions& chip = {})
      : chip_(std::make_shared<Chip>(model_of(kind), serial, "Emulated FTDI", chip)),
        serial_(serial),
        port_(std::move(port)) {
    plug(options);
  }
  ~Plugged() { unplug(); }
  Plugged(const Plugged&) = delete;
  Plugged& operator=(const Plugged&) = delete;

  void plug(usb_bus::PlugOptions options = {}) { usb_bus::plug(chip_, port_, options); }
  void unplug() { usb_bus::unplug(port_); }
  [[nodiscard]] Chip& chip() const { return *chip_; }
  Chip* operator->() const { return chip_.get(); }
  [[nodiscard]] const std::string& serial() const { return serial_; }
  [[nodiscard]] const std::string& port() const { return port_; }

 private:
  std::shared_ptr<Chip> chip_;
  std::string serial_, port_;
};

/// TXD to RXD.
inline void loop_back(Chip& chip, unsigned channel) {
  twin::ftdi::Wiring wiring;
  wiring.serial = [&chip, channel](View bytes, double bit_per_s) {
    chip.feed(channel, bytes, usb_bus::now(), bit_per_s);
  };
  chip.wire(channel, wiring);
}

/// What has left TXD.
class WireLog {
 public:
  WireLog(Chip& chip, unsigned channel) {
    twin::ftdi::Wiring wiring;
    wiring.serial = [this](View bytes, double bit_per_s) {
      const std::lock_guard lock(mutex_);
      bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
      rates_.insert(rates_.end(), bytes.size(), bit_per_s);
    };
    chip.wire(channel, wiring);
  }
  [[nodiscard]] Bytes bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }
  /// bit/s of each byte
  [[nodiscard]] std::vector<double> rates() const {
    const std::lock_guard lock(mutex_);
    return rates_;
  }

 private:
  mutable std::mutex mutex_;
  Bytes bytes_;
  std::vector<double> rates_;
};

/// Real time, and a folder of its own for lock files.
class UsbTest : public testing::Test {
 protected:
  AdapterInfo find(const std::string& serial) const {
    return select_adapter(list_adapters_with_locks_in(locks_.path()),
                          {.name = "quad", .serial = serial});
  }
  [[nodiscard]] ChannelOptions options(int index) const {
    return {.adapter_name = "quad", .index = index, .lock_folder = locks_.path()};
  }
  std::shared_ptr<Channel> open(const std::string& serial, int index = 0) {
    return open_channel(find(serial), *clock_, options(index));
  }
  [[nodiscard]] Deadline within(Duration duration) const { return {clock_->now() + duration, {}}; }

  /// Up to `count` bytes; fewer when `limit` passes.
  [[nodiscard]] Bytes read(Channel& channel, std::size_t count, Duration limit = 3s) const {
    Bytes bytes(count);
    std::size_t got = 0;
    const Deadline deadline = within(limit);
    while (got < count) {
      const std::size_t n = channel.read(std::span(bytes).subspan(got), deadline);
      if (n == 0) break;
      got += n;
    }
    bytes.resize(got);
    return bytes;
  }

  /// Blocks until `condition` holds; false after `limit`.
  [[nodiscard]] bool eventually(const std::function<bool()>& condition, Duration limit = 3s) const {
    for (const Deadline deadline = within(limit); clock_->now() < deadline.at;) {
      if (condition()) return true;
      clock_->sleep_for(1ms, {});
    }
    return condition();
  }

  TempFolder locks_;
  std::unique_ptr<Clock> clock_ = make_real_clock();
};

/// Bytes of which none is like its neighbours, and no two runs are alike.
inline Bytes pattern(std::size_t count, unsigned seed = 1) {
  Bytes bytes(count);
  std::uint32_t state = seed * 2654435761U + 1;
  for (auto& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return bytes;
}

/// "40 09 0001 0001": type, request, value, index.
inline std::string text_of(const twin::ftdi::SetupPacket& setup) {
  return fmt::format("{:02X} {:02X} {:04X} {:04X}", setup.type, setup.request, setup.value,
                     setup.index);
}

inline std::vector<std::string> requests_of(const Chip& chip) {
  std::vector<std::string> texts;
  for (const auto& setup : chip.requests()) texts.push_back(text_of(setup));
  return texts;
}

}  // namespace plugrig::ftdi::test
