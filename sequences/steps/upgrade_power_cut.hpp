#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "sequences/steps/firmware_offer.hpp"

namespace plugrig::steps {

/// When mains goes away from a plug that updates itself: exactly one of the two moments.
struct PowerCut {
  /// In the transfer, when so many bytes have left this computer: up to some 40 kB of them may be
  /// on their way.
  std::optional<std::size_t> after_bytes = {};
  /// So long after the last byte has left: the plug restarts within about 3 s, then its boot loader
  /// copies what was fetched (facts §16).
  std::optional<Duration> after_transfer = {};
  Duration off{};  ///< time without mains
};

/// The cut that the parameters ask for, if any, and their fields (`off` among them).
std::optional<PowerCut> power_cut_of(const FieldValues& params);
std::vector<FieldSpec> power_cut_fields();

/// What a cut met.
struct CutUpgrade {
  Instant back{};       ///< mains is on again
  FileFetches fetches;  ///< at that time
};

/// Tells the plug to fetch the offer of `image_bytes`, takes mains away at the moment of `cut` and
/// gives it back; whether the plug comes back is the caller's to see. Blocks until mains is on.
/// Faults: `plug.upgrade_not_fetched` and `plug.upgrade_slow` (host) when the moment does not come
/// within three minutes, `plug.upgrade_over` (config) when the transfer was over before mains was
/// off and should not have been; those of `begin_upgrade` and of the gate.
CutUpgrade cut_power_in_upgrade(StepContext& context, const FirmwareOffer& offer,
                                std::size_t image_bytes, const PowerCut& cut);

}  // namespace plugrig::steps
