#include "rig/core/digest.hpp"

#include <openssl/evp.h>

#include "rig/core/fault.hpp"

namespace plugrig {
namespace {

template <typename Digest>
Digest digest(const EVP_MD* algorithm, const char* name, std::span<const std::uint8_t> bytes) {
  Digest out{};
  unsigned length = 0;
  const int done = EVP_Digest(bytes.data(), bytes.size(), out.data(), &length, algorithm, nullptr);
  if (done != 1 || length != out.size()) {
    throw Fault("core.digest.unavailable", Blame::host,
                std::string("The crypto library of this computer refuses ") + name + ".",
                "Allow it in the OpenSSL configuration (a FIPS mode forbids MD5).");
  }
  return out;
}

}  // namespace

Md5 md5(std::span<const std::uint8_t> bytes) { return digest<Md5>(EVP_md5(), "MD5", bytes); }

Sha256 sha256(std::span<const std::uint8_t> bytes) {
  return digest<Sha256>(EVP_sha256(), "SHA-256", bytes);
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    out += digits[byte >> 4U];
    out += digits[byte & 0xFU];
  }
  return out;
}

std::string md5_hex(std::span<const std::uint8_t> bytes) { return to_hex(md5(bytes)); }

std::string sha256_hex(std::span<const std::uint8_t> bytes) { return to_hex(sha256(bytes)); }

}  // namespace plugrig
