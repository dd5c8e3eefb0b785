#include "drivers/esp/protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "drivers/esp/bytes.hpp"

namespace plugrig::esp {
namespace {

constexpr std::size_t kHeader = 8;
constexpr std::size_t kStatus = 2;

template <typename Key, std::size_t N>
std::string_view lookup(const std::array<std::pair<Key, std::string_view>, N>& table, Key key) {
  const auto* found =
      std::find_if(table.begin(), table.end(), [key](const auto& row) { return row.first == key; });
  return found == table.end() ? std::string_view{} : found->second;
}

}  // namespace

std::string to_string(Op op) {
  static constexpr std::array<std::pair<Op, std::string_view>, 15> names{{
      {Op::flash_begin, "FLASH_BEGIN"},
      {Op::flash_data, "FLASH_DATA"},
      {Op::flash_end, "FLASH_END"},
      {Op::mem_begin, "MEM_BEGIN"},
      {Op::mem_end, "MEM_END"},
      {Op::mem_data, "MEM_DATA"},
      {Op::sync, "SYNC"},
      {Op::write_reg, "WRITE_REG"},
      {Op::read_reg, "READ_REG"},
      {Op::spi_set_params, "SPI_SET_PARAMS"},
      {Op::change_baud, "CHANGE_BAUDRATE"},
      {Op::flash_md5, "SPI_FLASH_MD5"},
      {Op::erase_flash, "ERASE_FLASH"},
      {Op::erase_region, "ERASE_REGION"},
      {Op::read_flash, "READ_FLASH"},
  }};
  const std::string_view name = lookup(names, op);
  return name.empty() ? fmt::format("op 0x{:02X}", static_cast<unsigned>(op)) : std::string(name);
}

std::uint8_t data_checksum(std::span<const std::uint8_t> payload) {
  std::uint8_t sum = 0xEF;
  for (const std::uint8_t byte : payload) sum = static_cast<std::uint8_t>(sum ^ byte);
  return sum;
}

std::vector<std::uint8_t> make_request(Op op, std::span<const std::uint8_t> data,
                                       std::uint32_t checksum) {
  std::vector<std::uint8_t> out;
  out.reserve(kHeader + data.size());
  out.push_back(0);
  out.push_back(static_cast<std::uint8_t>(op));
  out.push_back(static_cast<std::uint8_t>(data.size()));
  out.push_back(static_cast<std::uint8_t>(data.size() >> 8U));
  append_word(out, checksum);
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

std::vector<std::uint8_t> block_data(std::uint32_t sequence, std::span<const std::uint8_t> bytes) {
  std::vector<std::uint8_t> out = words({static_cast<std::uint32_t>(bytes.size()), sequence, 0, 0});
  out.insert(out.end(), bytes.begin(), bytes.end());
  return out;
}

const std::vector<std::uint8_t>& sync_data() {
  static const std::vector<std::uint8_t> data = [] {
    std::vector<std::uint8_t> out{0x07, 0x07, 0x12, 0x20};
    out.resize(36, 0x55);
    return out;
  }();
  return data;
}

std::optional<Response> parse_response(std::span<const std::uint8_t> frame) {
  if (frame.size() < kHeader + kStatus || frame[0] != 1) return std::nullopt;
  const std::size_t length = frame[2] | static_cast<std::size_t>(frame[3]) << 8U;
  if (frame.size() != kHeader + length) return std::nullopt;
  const auto body = frame.subspan(kHeader, length - kStatus);
  Response response;
  response.op = static_cast<Op>(frame[1]);
  response.value = word_at(frame, 4);
  response.data.assign(body.begin(), body.end());
  response.status = frame[frame.size() - 2];
  response.error = frame[frame.size() - 1];
  return response;
}

std::string_view error_text(std::uint8_t code) {
  static constexpr std::array<std::pair<std::uint8_t, std::string_view>, 15> texts{{
      {0x05, "message, argument or sequence refused"},
      {0x06, "flash operation refused"},
      {0x07, "bad checksum"},
      {0x08, "flash read-back differs"},
      {0xC0, "bad length"},
      {0xC1, "bad checksum"},
      {0xC2, "block too large"},
      {0xC3, "invalid command"},
      {0xC4, "flash operation failed"},
      {0xC5, "flash unlock failed"},
      {0xC6, "no flash write was begun"},
      {0xC7, "inflate error"},
      {0xC8, "not enough data"},
      {0xC9, "too much data"},
      {0xFF, "not implemented"},
  }};
  const std::string_view text = lookup(texts, code);
  return text.empty() ? std::string_view{"unknown error"} : text;
}

}  // namespace plugrig::esp
