#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace plugrig {

using Md5 = std::array<std::uint8_t, 16>;
using Sha256 = std::array<std::uint8_t, 32>;

/// MD5 (RFC 1321). Only for comparing with what a chip computes; nothing that is signed uses it.
/// Fault `core.digest.unavailable` (host) when the crypto library refuses the algorithm.
Md5 md5(std::span<const std::uint8_t> bytes);
/// SHA-256 (FIPS 180-4). Faults as `md5`.
Sha256 sha256(std::span<const std::uint8_t> bytes);

/// Two lower case digits a byte, no separators.
std::string to_hex(std::span<const std::uint8_t> bytes);

/// The digests as 32 and 64 lower case hexadecimal digits.
std::string md5_hex(std::span<const std::uint8_t> bytes);
std::string sha256_hex(std::span<const std::uint8_t> bytes);

}  // namespace plugrig
