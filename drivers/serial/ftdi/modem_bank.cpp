#include "drivers/serial/ftdi/modem_bank.hpp"

#include <fmt/format.h>

#include <utility>

#include "rig/core/fault.hpp"

namespace plugrig::ftdi {

namespace {

constexpr unsigned kDtr = 1, kRts = 2;

class ModemBank final : public PinBank {
 public:
  ModemBank(std::shared_ptr<Channel> channel, SetModemLines set)
      : channel_(std::move(channel)), set_(std::move(set)) {}

  [[nodiscard]] int pins() const override { return 2; }

  void set(std::uint16_t mask, std::uint16_t directions, std::uint16_t levels) override {
    const auto wanted = [=](unsigned pin) -> std::optional<bool> {
      if ((mask & pin) == 0) return std::nullopt;
      return (directions & pin) != 0 && (levels & pin) == 0;
    };
    if ((mask & (kDtr | kRts)) != 0) set_(wanted(kDtr), wanted(kRts));
  }

  PinReading read() override {
    throw Fault("ftdi.no_pin", Blame::config,
                fmt::format("DTR and RTS of {} are outputs.", channel_->name()),
                "Read CTS, DSR, RI or DCD instead.");
  }

  [[nodiscard]] const std::shared_ptr<Channel>& channel() const override { return channel_; }

 private:
  const std::shared_ptr<Channel> channel_;
  const SetModemLines set_;
};

}  // namespace

std::unique_ptr<PinBank> make_modem_bank(std::shared_ptr<Channel> channel, SetModemLines set) {
  return std::make_unique<ModemBank>(std::move(channel), std::move(set));
}

}  // namespace plugrig::ftdi
