#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "drivers/api/mains_hardware.hpp"
#include "drivers/guardian/channel.hpp"
#include "drivers/guardian/off_plan.hpp"

namespace plugrig::guardian {

/// A process that was started, and its ends of the connections.
struct Started {
  pid_t process = -1;  ///< -1: no process of its own (tests)
  UniqueFd lease;
  std::vector<UniqueFd> buses;  ///< in the order of the plans
};

/// Starts `program` with `arguments`, in a session of its own, so that neither Ctrl-C nor the end
/// of a terminal reaches it. It finds the lease's connection at the file descriptor `first_fd`,
/// those of the buses behind it, and `keep` (a lock that is to outlive the rig) behind these;
/// behind `arguments` it gets the option `--fd first_fd`. Its input is empty, its output and errors
/// go to the caller's errors. Fault `guardian.start` (host).
Started start_process(const std::string& program, std::vector<std::string> arguments,
                      std::size_t buses, int keep = -1);

/// The rig's side of the guardian process. Real time only. It must outlive its ports and dead men.
class GuardianLink {
 public:
  /// Fault `guardian.start` (host) when the process does not answer within 5 s, `guardian.plan`
  /// (config) when it has read another bench file.
  GuardianLink(Clock& clock, Started process, std::vector<BusPlan> plans);
  /// Says good-bye and waits for up to 3 s, while the guardian sees to it that everything is off.
  ~GuardianLink();
  GuardianLink(const GuardianLink&) = delete;
  GuardianLink& operator=(const GuardianLink&) = delete;

  /// The port of bus `index` by way of the guardian. `open_directly` opens the bus itself: for when
  /// the guardian is lost, and then only for reading and switching off. Faults of the bus's port.
  std::unique_ptr<ModbusPort> port(std::size_t index,
                                   std::function<std::unique_ptr<ModbusPort>()> open_directly);
  /// The index of the plan with this name.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view bus) const;

  /// Tells the guardian that the rig is well. Any thread.
  std::unique_ptr<DeadMan> dead_man();

  /// The run is over: the guardian switches everything off and needs no word of the rig any more.
  /// From now on nothing is switched on. Any thread.
  void good_bye();

  /// -1 when it was not started here, or is lost.
  [[nodiscard]] pid_t process() const;

  // For ports and dead men.

  /// Renews the lease; waits for up to 150 ms for the answer. Faults `guardian.*`, from then on
  /// always the same. Throws Stopped.
  void all_is_well(const Deadline& deadline);
  /// The guardian does not answer, or is gone. What may be left of it is killed, so that its ports
  /// are free.
  void give_up(const Fault& why);
  /// The lease has run out: the guardian has switched off, and refuses to switch on.
  void lease_is_lost();
  /// Why nothing is switched on any more; empty = all is well.
  [[nodiscard]] std::optional<Fault> broken() const;
  /// There is no guardian any more.
  [[nodiscard]] bool gone() const;

 private:
  void introduce();
  /// Takes what has been answered; guarded by `lease_mutex_`.
  void take_answers(const Deadline& deadline);

  Clock& clock_;
  const std::vector<BusPlan> plans_;
  std::vector<UniqueFd> bus_ends_;
  std::mutex lease_mutex_;
  Channel lease_;             ///< guarded by lease_mutex_, as the next two
  std::uint32_t number_ = 0;  ///< of the last renewal
  std::uint32_t answered_ = 0;
  Instant unanswered_since_{};
  mutable std::mutex mutex_;
  pid_t process_;  ///< guarded by mutex_, as the next two
  bool gone_ = false;
  std::optional<Fault> broken_;
};

/// Fault `guardian.lost` (host): the guardian process has ended.
Fault guardian_lost();

}  // namespace plugrig::guardian
