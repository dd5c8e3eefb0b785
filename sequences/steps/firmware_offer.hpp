#pragma once

#include <string>

#include "rig/core/fault.hpp"
#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// How often a plug tries a file that it cannot take, with pauses (facts §16).
inline constexpr int kUpgradeAttempts = 5;
/// When nothing was fetched for so long, it has given up.
inline constexpr Duration kUpgradeQuiet = std::chrono::seconds{15};

/// A file that plugs can fetch for as long as this lives.
class FirmwareOffer {
 public:
  /// Fault `slot.no_files` (config) on a bench that offers no files. `context` outlives this.
  FirmwareOffer(StepContext& context, FileOffer offer);
  ~FirmwareOffer();
  FirmwareOffer(const FirmwareOffer&) = delete;
  FirmwareOffer& operator=(const FirmwareOffer&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] FileFetches fetches() const { return files_.fetches(url_); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// A minimal build stands beside it: the plug may take it in two steps.
  [[nodiscard]] bool in_two_steps() const { return in_two_steps_; }
  [[nodiscard]] FileFetches minimal_fetches() const { return files_.fetches(minimal_beside(url_)); }

 private:
  FileServer& files_;
  const std::size_t bytes_;
  const bool in_two_steps_;
  const std::string url_;
};

/// How an update ended.
struct UpgradeEnd {
  bool restarted = false;  ///< plugs do so after a failure too
  Duration answered{};     ///< from the command to the first answer afterwards
  FileFetches fetches;
};

/// Tells the plug that was found on the network to fetch the offer (`OtaUrl`, `Upgrade 1`); it
/// begins a second or two later. It must have been up for 10 s. Returns when it was told. Fault
/// `plug.upgrade_url` (unit) when it does not keep the URL.
Instant begin_upgrade(StepContext& context, const FirmwareOffer& offer);

/// The plug never asked for what is offered under `url`.
Fault not_fetched(const std::string& url);

/// Lets the plug fetch the offer (`begin_upgrade`) and waits until it answers and has either
/// restarted or given up. Blocks for `within`, at most until the step's deadline. Faults:
/// `plug.upgrade_not_fetched` (host) when it never asked for the file, `plug.upgrade_minimal`
/// (unit) when it has not come out of a minimal build; those of `begin_upgrade` and `await_return`.
UpgradeEnd upgrade_over_network(StepContext& context, const FirmwareOffer& offer, Duration within,
                                const std::string& web_password);

}  // namespace plugrig::steps
