#include "rig/core/digest.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace plugrig {
namespace {

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

// Vectors of RFC 1321 A.5 and FIPS 180-4 (examples of NIST).
TEST(Digest, Md5) {
  EXPECT_EQ(md5_hex({}), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(md5_hex(bytes_of("message digest")), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(md5(bytes_of("abc")).front(), 0x90);
}

TEST(Digest, Sha256) {
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex(bytes_of("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(bytes_of("abc")).back(), 0xAD);
}

TEST(Digest, HexHasTwoDigitsAByte) {
  const std::vector<std::uint8_t> bytes{0x00, 0x0F, 0xF0, 0xFF};
  EXPECT_EQ(to_hex(bytes), "000ff0ff");
}

}  // namespace
}  // namespace plugrig
