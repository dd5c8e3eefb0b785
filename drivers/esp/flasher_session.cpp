#include "drivers/esp/flasher_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "drivers/esp/boot_text.hpp"
#include "drivers/esp/efuse.hpp"
#include "drivers/esp/rom_entry.hpp"
#include "drivers/esp/rom_flash.hpp"
#include "drivers/esp/stub_start.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::esp {
namespace {

constexpr std::array<std::uint32_t, 5> kRates{2'000'000, 1'000'000, 921'600, 460'800, 115'200};
// Autobaud and the loader's interrupt per byte keep up to this rate.
constexpr std::uint32_t kRomMaxBaud = 921'600;
// The upload is short; at this rate the loader's interrupt per byte is no matter.
constexpr std::uint32_t kUploadMaxBaud = 460'800;
// This many bytes that are no frame, and then silence: the unit has started again.
constexpr std::size_t kRestartBytes = 16;

}  // namespace

FlasherSession::FlasherSession(Uart& uart, BootControl& boot, Clock& clock, FlasherOptions options)
    : boot_(boot),
      clock_(clock),
      options_(std::move(options)),
      log_(options_.log_bytes),
      link_(uart, clock, log_),
      commands_(link_),
      spi_(commands_),
      baud_(options_.baud) {}

void FlasherSession::run(Need need, const Deadline& deadline, const FlashProgressFn& progress,
                         const std::function<void()>& operation) {
  for (;;) {
    try {
      reach(need, deadline, progress);
      operation();
      return;
    } catch (const LinkTrouble& trouble) {
      forget();
      give_up_or_slow_down(trouble);
    } catch (...) {
      // What the chip is in the middle of is not known any more.
      forget();
      throw;
    }
  }
}

void FlasherSession::reach(Need need, const Deadline& deadline, const FlashProgressFn& progress) {
  if (!identity_) connect(deadline, progress);
  if (need == Need::identity) return;
  if (!fast_) speed_up(deadline, progress);
  if (need != Need::writing || writable_) return;
  if (flash_fault_) throw Fault(*flash_fault_);
  if (!options_.use_stub) RomFlash(commands_, spi_, identity_->flash_bytes).prepare(deadline);
  writable_ = true;
}

void FlasherSession::connect(const Deadline& deadline, const FlashProgressFn& progress) {
  if (progress) progress({"syncing", 0, 0, 0});
  enter_rom(link_, boot_, deadline);
  ChipIdentity identity = read_identity(commands_, deadline);
  if (!options_.expected_chip.empty() && options_.expected_chip != identity.chip) {
    throw Fault("esp.chip.unexpected", Blame::config,
                fmt::format("The unit is an {}, the sequence is for an {}.", identity.chip,
                            options_.expected_chip),
                "Put the right product into the slot, or choose the sequence for this one.");
  }
  if (flash_absent(identity.flash_id)) {
    throw Fault("esp.flash.absent", Blame::unit,
                fmt::format("The flash does not answer (id {:06X}).", identity.flash_id),
                "Reject the unit: its flash is dead or not connected.", log_.evidence());
  }
  if (identity.flash_bytes == 0) identity.flash_bytes = identity.embedded_bytes;
  if (identity.flash_bytes == 0) {
    throw Fault("esp.flash.size", Blame::unit,
                fmt::format("The flash id {:06X} does not say its size.", identity.flash_id),
                "Find out which flash this product has; its id is not known here.");
  }
  crystal_MHz_ = identity.crystal_MHz;
  identity_ = std::move(identity);
}

void FlasherSession::speed_up(const Deadline& deadline, const FlashProgressFn& progress) {
  const std::uint32_t crystal = identity_->crystal_MHz;
  if (options_.use_stub) {
    raise_baud(commands_, crystal, std::min(baud_, kUploadMaxBaud), deadline);
  } else {
    raise_baud(commands_, crystal, std::min(baud_, kRomMaxBaud), deadline);
  }
  // While the ROM runs: its own commands, and a stub's, would wait on a dead flash.
  flash_fault_ = inspect_flash(spi_, deadline);
  if (options_.use_stub) {
    if (progress) progress({"stub", 0, 0, 0});
    start_stub(commands_, identity_->flash_bytes, deadline);
    change_stub_baud(commands_, baud_, deadline);
  }
  fast_ = true;
}

void FlasherSession::slow_down_now(const Deadline& deadline) {
  if (options_.use_stub && slow_down()) change_stub_baud(commands_, baud_, deadline);
}

bool FlasherSession::slowest() const { return baud_ <= kRates.back(); }

bool FlasherSession::slow_down() {
  const auto* next = std::find_if(kRates.begin(), kRates.end(),
                                  [this](std::uint32_t rate) { return rate < baud_; });
  if (next == kRates.end()) return false;
  log_.note(clock_.now(), fmt::format("from {} down to {} baud", baud_, *next));
  baud_ = *next;
  return true;
}

std::optional<Fault> FlasherSession::restart_seen() const {
  const auto& stray = link_.stray();
  const BootText text = parse_boot_text(stray);
  const bool in_frame = looks_like_slower_text(link_.last_bytes());
  if (text.lines.empty() && stray.size() < kRestartBytes && !in_frame) return std::nullopt;
  return Fault(
      "esp.brownout", Blame::fixture,
      fmt::format("The unit restarted in the middle of the work ({}).",
                  text.lines.empty() ? "what came last looks like boot text at another rate"
                                     : "cause " + reset_cause_text(text.lines.back().reset_cause)),
      fmt::format("Check the 3.3 V supply: it must give 500 mA without a dip; then "
                  "contacts {} and {}.",
                  boot_.contacts().power, boot_.contacts().ground),
      {{"boot text", to_printable(stray)}, {"last bytes", to_hex(link_.last_bytes())}});
}

void FlasherSession::give_up_or_slow_down(const LinkTrouble& trouble) {
  log_.note(clock_.now(), std::string("trouble: ") + trouble.what());
  if (trouble.kind == LinkTrouble::Kind::lost) {
    if (auto fault = restart_seen()) {
      for (auto& piece : link_.evidence()) fault->add(std::move(piece));
      throw Fault(*fault);
    }
  }
  if (slow_down()) return;
  const bool lost = trouble.kind == LinkTrouble::Kind::lost;
  throw Fault(
      lost ? "esp.link.lost" : "esp.link.noisy", Blame::contact,
      lost ? fmt::format("The unit stopped answering ({}).", trouble.what())
           : fmt::format("Too many damaged bytes even at the lowest rate ({}).", trouble.what()),
      fmt::format("Clean contacts {}, {} and {}; shorten the wires.", boot_.contacts().unit_tx,
                  boot_.contacts().unit_rx, boot_.contacts().ground),
      link_.evidence());
}

void FlasherSession::forget() {
  identity_.reset();
  fast_ = false;
  writable_ = false;
  flash_fault_.reset();
}

}  // namespace plugrig::esp
