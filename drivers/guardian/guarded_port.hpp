#pragma once

#include <functional>
#include <memory>

#include "drivers/guardian/guardian_link.hpp"

namespace plugrig::guardian {

/// A bus that another process owns, as ModbusPort. Real time only; one thread at a time uses it.
///
/// When the guardian is lost a call throws `modbus.lost`, and `reopen` opens the bus itself; from
/// then on only what reads or switches off is sent. Faults beside those of the bus's own port:
/// `guardian.lost`, `guardian.silent`, `guardian.lease_lost` (host) for everything else.
class GuardedPort final : public ModbusPort {
 public:
  /// `link` and `plan` outlive the port. Faults of opening the bus.
  GuardedPort(Clock& clock, GuardianLink& link, const BusPlan& plan, UniqueFd channel,
              std::function<std::unique_ptr<ModbusPort>()> open_directly);

  void flush() override;
  void send(const ModbusFrame& request, const Deadline& deadline) override;
  std::optional<ModbusFrame> receive(const Deadline& deadline) override;
  [[nodiscard]] Duration wire_time(std::size_t pdu_bytes) const override;
  [[nodiscard]] bool answers_name_requests() const override { return answers_name_requests_; }
  void reopen(const Deadline& deadline) override;

 private:
  /// The reply, which is neither a fault nor a refusal.
  Message call(Message request, const Deadline& deadline);
  /// The bus, opened by ourselves; throws `modbus.lost` as long as it is not.
  ModbusPort& direct();
  [[noreturn]] void lose(const Fault& why);

  Clock& clock_;
  GuardianLink& link_;
  const BusPlan& plan_;
  Channel channel_;
  std::function<std::unique_ptr<ModbusPort>()> open_directly_;
  std::unique_ptr<ModbusPort> direct_;
  std::uint32_t number_ = 0;
  Duration wire_time_of_first_{}, wire_time_of_more_{};
  bool answers_name_requests_ = false;
};

}  // namespace plugrig::guardian
