#pragma once

#include <functional>
#include <optional>
#include <string>

#include "drivers/esp/boot_proof.hpp"
#include "drivers/esp/evidence_log.hpp"
#include "drivers/esp/flasher.hpp"
#include "drivers/esp/link.hpp"
#include "drivers/esp/loader_commands.hpp"
#include "drivers/esp/spi_commands.hpp"

namespace plugrig::esp {

/// How far the conversation with the unit has come, and how fast it is held. Enters the loader,
/// identifies, raises the rate and brings the stub up when an operation needs it; after trouble on
/// the line it starts again at the next lower rate and repeats the operation. One thread.
class FlasherSession {
 public:
  FlasherSession(Uart& uart, BootControl& boot, Clock& clock, FlasherOptions options);

  /// What an operation needs before it can run.
  enum class Need : std::uint8_t {
    identity,  ///< loader and identity
    reading,   ///< also the wanted rate, and the stub unless switched off
    writing,   ///< also a flash that is alive and not locked
  };

  /// Runs `operation`, again from its start whenever the line forced a lower rate. It must be one
  /// that can be repeated.
  void run(Need need, const Deadline& deadline, const FlashProgressFn& progress,
           const std::function<void()>& operation);

  /// Only while an operation runs.
  [[nodiscard]] const ChipIdentity& identity() const { return *identity_; }
  /// Of the unit that was last identified; 26 before.
  [[nodiscard]] std::uint32_t crystal_MHz() const { return crystal_MHz_; }
  [[nodiscard]] LoaderCommands& commands() { return commands_; }
  [[nodiscard]] SpiCommands& spi() { return spi_; }
  [[nodiscard]] Link& link() { return link_; }
  [[nodiscard]] Clock& clock() { return clock_; }
  [[nodiscard]] BootControl& boot() { return boot_; }
  [[nodiscard]] const FlasherOptions& options() const { return options_; }

  /// One rate lower with no reset, while the stub runs; at the lowest nothing happens.
  void slow_down_now(const Deadline& deadline);
  [[nodiscard]] bool slowest() const;
  void forget();

 private:
  void reach(Need need, const Deadline& deadline, const FlashProgressFn& progress);
  void connect(const Deadline& deadline, const FlashProgressFn& progress);
  void speed_up(const Deadline& deadline, const FlashProgressFn& progress);
  void give_up_or_slow_down(const LinkTrouble& trouble);
  [[nodiscard]] std::optional<Fault> restart_seen() const;
  bool slow_down();

  BootControl& boot_;
  Clock& clock_;
  const FlasherOptions options_;
  EvidenceLog log_;
  Link link_;
  LoaderCommands commands_;
  SpiCommands spi_;

  std::uint32_t baud_;
  std::uint32_t crystal_MHz_ = 26;
  std::optional<ChipIdentity> identity_;  ///< the loader runs
  bool fast_ = false;                     ///< working rate (and stub) reached
  bool writable_ = false;
  std::optional<Fault> flash_fault_;  ///< why nothing can be written
};

}  // namespace plugrig::esp
