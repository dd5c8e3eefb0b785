#include "drivers/esp/loader_commands.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "drivers/esp/bytes.hpp"

namespace plugrig::esp {
namespace {

using std::chrono::milliseconds;

constexpr int kTries = 3;
constexpr milliseconds kAnswer{300};
// The reference tool waits this long for the ROM's answer to MEM_END.
constexpr milliseconds kRunAnswer{200};

LinkTrouble noisy(Op op, const std::string& why) {
  return {LinkTrouble::Kind::noisy, to_string(op) + ": " + why};
}

}  // namespace

Response LoaderCommands::command(Op op, std::span<const std::uint8_t> data, Duration limit,
                                 const Deadline& deadline) {
  std::string why = "no answer";
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const auto answer = link_.exchange(op, data, limit, deadline);
    if (answer && answer->ok()) return *answer;
    if (answer) {
      why = fmt::format("refused, {} (0x{:02X})", error_text(answer->code()), answer->code());
    }
    link_.log().note(link_.clock().now(), to_string(op) + ": " + why);
    if (!link_.resynchronise(deadline)) {
      throw LinkTrouble(LinkTrouble::Kind::lost, to_string(op) + ": no answer, not even to SYNC");
    }
  }
  throw noisy(op, why);
}

std::uint32_t LoaderCommands::read_register(std::uint32_t address, const Deadline& deadline) {
  return command(Op::read_reg, words({address}), kAnswer, deadline).value;
}

std::uint32_t LoaderCommands::read_register_surely(std::uint32_t address,
                                                   const Deadline& deadline) {
  std::uint32_t last = read_register(address, deadline);
  for (int attempt = 0; attempt < 2 * kTries; ++attempt) {
    const std::uint32_t again = read_register(address, deadline);
    if (again == last) return again;
    last = again;
  }
  throw noisy(Op::read_reg, fmt::format("0x{:08X} reads differently each time", address));
}

std::vector<std::uint32_t> LoaderCommands::read_registers(std::span<const std::uint32_t> addresses,
                                                          const Deadline& deadline) {
  for (const std::uint32_t address : addresses) {
    link_.send(Op::read_reg, words({address}), deadline);
  }
  std::vector<std::uint32_t> values;
  while (values.size() < addresses.size()) {
    const auto answer = link_.receive(Op::read_reg, kAnswer, deadline);
    if (!answer || !answer->ok()) {
      if (link_.resynchronise(deadline)) return {};
      throw LinkTrouble(LinkTrouble::Kind::lost, "READ_REG: no answer, not even to SYNC");
    }
    values.push_back(answer->value);
  }
  return values;
}

void LoaderCommands::write_registers(std::span<const RegisterWrite> writes,
                                     const Deadline& deadline) {
  std::vector<std::uint8_t> data;
  Duration limit = kAnswer;
  for (const RegisterWrite& write : writes) {
    for (const std::uint32_t word : {write.address, write.value, write.mask, write.delay_us}) {
      append_word(data, word);
    }
    limit += std::chrono::microseconds{write.delay_us};
  }
  command(Op::write_reg, data, limit, deadline);
}

void LoaderCommands::load_memory(std::uint32_t address, std::span<const std::uint8_t> bytes,
                                 std::size_t block, const Deadline& deadline) {
  const auto blocks = static_cast<std::uint32_t>((bytes.size() + block - 1) / block);
  command(Op::mem_begin,
          words({static_cast<std::uint32_t>(bytes.size()), blocks,
                 static_cast<std::uint32_t>(block), address}),
          kAnswer, deadline);
  for (std::uint32_t sequence = 0; sequence < blocks; ++sequence) {
    const std::size_t at = sequence * block;
    const auto part = bytes.subspan(at, std::min(block, bytes.size() - at));
    link_.send(Op::mem_data, block_data(sequence, part), deadline, data_checksum(part));
    const auto answer =
        link_.receive(Op::mem_data, kAnswer + link_.wire_time(part.size() + 24), deadline);
    if (!answer) throw noisy(Op::mem_data, "no answer");
    if (!answer->ok()) throw noisy(Op::mem_data, std::string(error_text(answer->code())));
  }
}

void LoaderCommands::run(std::uint32_t entry, const Deadline& deadline) {
  link_.exchange(Op::mem_end, words({0, entry}), kRunAnswer, deadline);
}

}  // namespace plugrig::esp
