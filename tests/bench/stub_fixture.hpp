#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "stub_client.hpp"

namespace plugrig::test {

/// Ops of the protocol, as its public description numbers them.
enum Op : std::uint8_t {
  kFlashBegin = 0x02,
  kFlashData = 0x03,
  kFlashEnd = 0x04,
  kMemBegin = 0x05,
  kMemEnd = 0x06,
  kMemData = 0x07,
  kSync = 0x08,
  kWriteReg = 0x09,
  kReadReg = 0x0A,
  kSetParams = 0x0B,
  kAttach = 0x0D,
  kChangeBaud = 0x0F,
  kMd5 = 0x13,
  kEraseFlash = 0xD0,
  kEraseRegion = 0xD1,
  kReadFlash = 0xD2,
  kRunUserCode = 0xD3,
};

/// Status codes of the stub.
enum Status : std::uint8_t {
  kOk = 0,
  kBadLength = 0xC0,
  kBadChecksum = 0xC1,
  kTooBig = 0xC2,
  kInvalid = 0xC3,
  kFlashFailed = 0xC4,
  kNotBegun = 0xC6,
  kNotEnough = 0xC8,
  kTooMuch = 0xC9,
  kNotImplemented = 0xFF,
};

inline constexpr std::uint32_t kSector = 4096;
inline constexpr std::uint32_t kBlock = 0x4000;

/// Seeded bytes without a pattern.
Bytes noise(std::size_t count, std::uint64_t seed);
/// MD5 by OpenSSL, to hold against the stub's.
Bytes md5(std::span<const std::uint8_t> bytes);

/// A chip that runs our stub.
class StubTest : public testing::Test {
 protected:
  /// Power, loader, upload, OHAI.
  void start(const std::string& flash_profile = "gd25q80");
  void change_baud(std::uint32_t bit_per_s);
  /// Writes as a careful host does: one block ahead of the outstanding answer.
  void write(std::uint32_t offset, std::span<const std::uint8_t> bytes,
             std::uint32_t block = kBlock);
  Answer begin(std::uint32_t size, std::uint32_t offset, std::uint32_t block = kBlock);
  Answer data(std::uint32_t sequence, std::span<const std::uint8_t> block);
  Answer end();  ///< and stay
  Bytes read_back(std::uint32_t offset, std::uint32_t count) const;
  std::uint32_t word(std::uint32_t address);
  /// Counters of the stub's information block.
  std::uint32_t overflows();
  std::uint32_t lost_frames();
  void expect_alive();

  std::unique_ptr<StubClient> chip_;
};

}  // namespace plugrig::test
