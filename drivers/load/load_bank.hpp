#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "drivers/api/mains_hardware.hpp"
#include "drivers/api/relay_board.hpp"
#include "drivers/load/duty.hpp"
#include "rig/core/clock.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::load {

/// One resistor behind one relay.
struct LoadElement {
  std::string name;
  double resistance_Ohm = 0;
  double rating_W = 0;  ///< power that it may take while it is on
  double duty = 1;      ///< share of `duty_period` that it may be on; 1 = always
  Duration duty_period = std::chrono::minutes{10};
  int relay = 0;  ///< of the board, from 1
  /// Contact rating of the contactor that the relay drives; 0 = the relay itself carries the
  /// current, which needs a mains-rated board.
  double contactor_A = 0;
};

struct LoadBankSpec {
  std::string name = {};
  std::vector<LoadElement> elements = {};  ///< 1 to 12
  double wiring_rating_A = 16;
  /// An element whose duty leaves it less than this is not chosen.
  Duration least_stay = std::chrono::seconds{10};
  /// Elements are switched by timed ons of this length that are renewed; zero: plainly. Above zero
  /// needs a board whose timed on can be renewed (Fault `load.config`).
  Duration renew_within{};
};

/// The most elements of which all combinations are looked at.
inline constexpr std::size_t most_elements = 12;

/// Resistors behind relays of one board. `choose` and `apply` are for one thread; `off` may come
/// from another at any time and wins: an `apply` under way ends with `load.overtaken` (software).
///
/// Faults: `load.config` (config: a specification that cannot be right), `load.rating`,
/// `load.duty`, `load.no_combination` (config), those of the board.
class RelayLoadBank final : public LoadBank {
 public:
  /// References must outlive the bank. What the relays do at first is unknown: `off` switches all.
  RelayLoadBank(const Clock& clock, RelayBoard& board, LoadBankSpec spec);
  ~RelayLoadBank() override;
  RelayLoadBank(const RelayLoadBank&) = delete;
  RelayLoadBank& operator=(const RelayLoadBank&) = delete;

  [[nodiscard]] LoadSetting choose(double watts, double volts) const override;
  void apply(const LoadSetting& setting, const Deadline& deadline) override;
  void off(const Deadline& deadline) override;
  [[nodiscard]] double rating_A() const override;
  [[nodiscard]] std::optional<Instant> off_due() const override;
  [[nodiscard]] Duration renew_within() const override { return spec_.renew_within; }
  [[nodiscard]] std::optional<Instant> ends() const override;
  void renew(const Deadline& deadline) override;
  [[nodiscard]] std::vector<MainsSwitch*> timed_relays() override;

  [[nodiscard]] const LoadBankSpec& spec() const { return spec_; }

 private:
  struct Judged;
  class TimedRelay;
  /// What a set of elements draws and which rating stands against it. `mutex_` is held.
  [[nodiscard]] Judged judge(const std::vector<int>& elements, double volts, Instant now) const;
  [[nodiscard]] Fault refusal(const Judged& judged, double volts) const;
  [[nodiscard]] double contact_A(const LoadElement& element) const;
  void check_spec() const;
  void switch_off(std::size_t element, const Deadline& deadline);
  /// `offs` = count of `off` calls when the change began.
  void switch_on(std::size_t element, std::uint64_t offs, const Deadline& deadline);
  /// An `off` came since; then `element`, whose on was sent meanwhile, counts as on.
  bool is_overtaken(std::uint64_t offs, std::size_t element);
  void renew(std::size_t element, const Deadline& deadline);

  const Clock& clock_;
  RelayBoard& board_;
  const LoadBankSpec spec_;
  mutable std::mutex mutex_;
  std::vector<DutyMeter> duties_;  ///< guarded by mutex_
  std::vector<bool> maybe_on_;     ///< guarded by mutex_
  /// When an element goes off by itself unless it is renewed; guarded by mutex_. Empty: it is off,
  /// plain, or in the last stretch that its duty allows.
  std::vector<std::optional<Instant>> ends_;
  std::vector<std::unique_ptr<MainsSwitch>> timed_relays_;
  std::uint64_t offs_ = 0;  ///< guarded by mutex_; counts calls of `off`
};

}  // namespace plugrig::load
