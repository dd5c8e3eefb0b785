#include "stub_fixture.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <random>

#include "drivers/esp/stub/stub_image.hpp"

namespace plugrig::test {

Bytes noise(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes out(count);
  for (auto& byte : out) byte = static_cast<std::uint8_t>(random());
  return out;
}

Bytes md5(std::span<const std::uint8_t> bytes) {
  Bytes digest(16);
  unsigned size = 0;
  EXPECT_EQ(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_md5(), nullptr), 1);
  return digest;
}

void StubTest::start(const std::string& flash_profile) {
  chip_ = std::make_unique<StubClient>(flash_profile);
  chip_->enter_rom();
  const esp::StubImage& stub = esp::stub_image();
  chip_->upload(stub.text_address, stub.text, stub.data_address, stub.data, stub.entry);
}

void StubTest::change_baud(std::uint32_t bit_per_s) {
  ASSERT_EQ(chip_->ask(kChangeBaud, StubClient::words({bit_per_s, chip_->baud()})).status, kOk);
  chip_->set_baud(bit_per_s);
  chip_->idle(std::chrono::milliseconds{1});
  expect_alive();
}

Answer StubTest::begin(std::uint32_t size, std::uint32_t offset, std::uint32_t block) {
  const std::uint32_t blocks = (size + block - 1) / block;
  return chip_->ask(kFlashBegin, StubClient::words({size, blocks, block, offset}));
}

Answer StubTest::data(std::uint32_t sequence, std::span<const std::uint8_t> block) {
  chip_->send_data(kFlashData, sequence, block);
  const auto got = chip_->answer(kFlashData, std::chrono::seconds{10});
  EXPECT_TRUE(got) << chip_->slot().chip_fault();
  return got.value_or(Answer{});
}

Answer StubTest::end() {
  return chip_->ask(kFlashEnd, StubClient::words({1}), std::chrono::seconds{10});
}

void StubTest::write(std::uint32_t offset, std::span<const std::uint8_t> bytes,
                     std::uint32_t block) {
  ASSERT_EQ(begin(static_cast<std::uint32_t>(bytes.size()), offset, block).status, kOk);
  std::uint32_t sequence = 0;
  std::size_t outstanding = 0;
  const auto settle = [&] {
    const auto got = chip_->answer(kFlashData, std::chrono::seconds{10});
    --outstanding;
    ASSERT_TRUE(got) << chip_->slot().chip_fault();
    ASSERT_EQ(got->status, kOk);
  };
  for (std::size_t at = 0; at < bytes.size(); at += block) {
    chip_->send_data(kFlashData, sequence++,
                     bytes.subspan(at, std::min<std::size_t>(block, bytes.size() - at)));
    if (++outstanding == 2) settle();
    if (HasFatalFailure()) return;
  }
  while (outstanding != 0) settle();
  ASSERT_EQ(end().status, kOk);
}

Bytes StubTest::read_back(std::uint32_t offset, std::uint32_t count) const {
  const Bytes all = chip_->slot().flash();
  const auto first = all.begin() + offset;
  return {first, first + count};
}

std::uint32_t StubTest::word(std::uint32_t address) {
  const Answer got = chip_->ask(kReadReg, StubClient::words({address}));
  EXPECT_EQ(got.status, kOk);
  return got.value;
}

std::uint32_t StubTest::overflows() { return word(esp::stub_image().data_address + 8); }
std::uint32_t StubTest::lost_frames() { return word(esp::stub_image().data_address + 12); }

void StubTest::expect_alive() {
  const Answer got = chip_->ask(kSync, sync_data());
  EXPECT_EQ(got.status, kOk);
  EXPECT_EQ(got.value, 0U);
  for (int i = 1; i != 8; ++i) EXPECT_TRUE(chip_->answer(kSync, std::chrono::milliseconds{50}));
}

}  // namespace plugrig::test
