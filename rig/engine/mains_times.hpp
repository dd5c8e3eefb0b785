#pragma once

#include "rig/core/clock.hpp"

/// Times that several parts of the mains gate go by.
namespace plugrig::mains {

/// On a bus that carries relays a request has its answer or its time-out by then (design §7.4).
inline constexpr Duration kBusLimit = std::chrono::milliseconds{300};
/// Between two looks at something that is on its way.
inline constexpr Duration kLookAgain = std::chrono::milliseconds{20};
/// Relays, contactor and sense circuits have settled by then.
inline constexpr Duration kProofLimit = std::chrono::seconds{2};
/// A slot that is switched into a chain is live by then: inputs, contactor, relay, voltage.
inline constexpr Duration kChainSwitches = std::chrono::seconds{5};

}  // namespace plugrig::mains
