#pragma once

#include <memory>
#include <string>
#include <vector>

#include "drivers/esp/flasher.hpp"
#include "fixtures/build/wired_boot_control.hpp"
#include "fixtures/twin/image_maker.hpp"
#include "fixtures/twin/memory_port.hpp"
#include "fixtures/twin/twin_slot.hpp"
#include "rig/core/clock.hpp"

namespace plugrig::test {

/// DTR and RTS through two cross-coupled transistors, as on development boards.
inline bench::Wiring two_transistor_wiring() {
  using std::chrono::milliseconds;
  bench::Wiring wiring;
  wiring.name = "two transistors";
  wiring.enter_loader = {{.levels = {{"dtr", false}, {"rts", true}}, .wait = milliseconds{100}},
                         {.levels = {{"rts", false}}},
                         {.levels = {{"dtr", true}}, .wait = milliseconds{50}},
                         {.wait = milliseconds{500}, .odd_attempts_only = true},
                         {.levels = {{"dtr", false}}}};
  wiring.start_application = {
      {.levels = {{"dtr", false}, {"rts", true}}, .wait = milliseconds{100}},
      {.levels = {{"rts", false}}}};
  return wiring;
}

struct UnitOptions {
  std::string flash = "gd25q80";
  std::uint32_t crystal_Hz = 26'000'000;
  std::uint64_t seed = 1;
  twin::SlotFaults faults = {};
  esp::FlasherOptions flasher = {};
};

/// A plug as it left its factory, in a slot of this process, with the rig's own flasher in front
/// of it and a virtual clock. The thread that makes it holds the clock's only seat.
class SimulatedUnit {
 public:
  explicit SimulatedUnit(const UnitOptions& options)
      : clock_(make_virtual_clock({.stuck_limit = std::chrono::minutes{1}})),
        seat_(clock_->reserve("unit")),
        slot_({.wiring = two_transistor_wiring(),
               .chip = {.flash = options.flash, .crystal_Hz = options.crystal_Hz},
               .faults = options.faults,
               .seed = options.seed}) {
    seat_->enter();
    const auto size = static_cast<std::uint32_t>(slot_.flash().size());
    slot_.load_flash(0, twin::factory_flash(options.seed, size));
    port_ = std::make_unique<twin::MemoryPort>(slot_, *clock_);
    boot_ = std::make_unique<build::WiredBootControl>(two_transistor_wiring(), *port_, *clock_);
    flasher_ = esp::make_flasher(*port_, *boot_, *clock_, options.flasher);
  }

  [[nodiscard]] Clock& clock() { return *clock_; }
  [[nodiscard]] twin::TwinSlot& slot() { return slot_; }
  [[nodiscard]] Uart& port() { return *port_; }
  [[nodiscard]] BootControl& boot() { return *boot_; }
  [[nodiscard]] ChipFlasher& flasher() { return *flasher_; }
  [[nodiscard]] Deadline within(Duration time) const { return {.at = clock_->now() + time}; }

  /// The first `length` bytes of the flash: the truth.
  [[nodiscard]] std::vector<std::uint8_t> flash(std::size_t length) const {
    auto bytes = slot_.flash();
    bytes.resize(length);
    return bytes;
  }

 private:
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<Clock::Seat> seat_;
  twin::TwinSlot slot_;
  std::unique_ptr<twin::MemoryPort> port_;
  std::unique_ptr<build::WiredBootControl> boot_;
  std::unique_ptr<ChipFlasher> flasher_;
};

}  // namespace plugrig::test
