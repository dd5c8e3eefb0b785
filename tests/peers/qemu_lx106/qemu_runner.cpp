#include "tests/peers/qemu_lx106/qemu_runner.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>

namespace plugrig::qemu_lx106 {

namespace {

void append_word(std::vector<std::uint8_t>& to, std::uint32_t word) {
  for (unsigned i = 0; i < 4; ++i) to.push_back(static_cast<std::uint8_t>(word >> 8 * i));
}

}  // namespace

Workshop::Workshop() {
  std::string name = (std::filesystem::temp_directory_path() / "plugrig-qemu-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder: " + name);
  folder_ = name;
}

Workshop::~Workshop() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void Workshop::run(const std::string& command) const {
  const std::string line =
      fmt::format("cd '{}' && {{ {} ; }} 2>>messages.txt", folder_.string(), command);
  const int status = std::system(line.c_str());
  if (status == 0) return;
  const auto text = read("messages.txt");
  throw std::runtime_error(fmt::format(
      "'{}' ended with status {} (needed: Debian packages qemu-user, binutils-xtensa-lx106)\n{}",
      command, status, std::string(text.begin(), text.end())));
}

void Workshop::write(const std::string& name, const std::vector<std::uint8_t>& bytes) const {
  std::ofstream file(folder_ / name, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw std::runtime_error("cannot write " + (folder_ / name).string());
}

std::vector<std::uint8_t> Workshop::read(const std::string& name) const {
  std::ifstream file(folder_ / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<StateBlock> run_in_qemu(const Batch& batch) {
  std::vector<std::uint8_t> states;
  std::vector<std::uint8_t> table;
  for (std::size_t i = 0; i < batch.cases.size(); ++i) {
    for (const std::uint32_t word : batch.cases[i].start) append_word(states, word);
    append_word(table, batch.cases[i].entry);
    append_word(table, kStates + static_cast<std::uint32_t>(i * sizeof(StateBlock)));
  }
  const Workshop shop;
  shop.write("states.bin", states);
  shop.write("table.bin", table);
  shop.write("cases.bin", batch.code);
  const std::string here = PLUGRIG_TEST_DATA;
  shop.run(fmt::format("xtensa-lx106-elf-as --no-transform -I . -o driver.o '{}/driver.S'", here));
  shop.run(
      fmt::format("xtensa-lx106-elf-ld --no-relax -T '{}/image.ld' -o image.elf driver.o", here));
  shop.run("timeout 100 qemu-xtensa -cpu lx106 ./image.elf >result.bin");

  const std::vector<std::uint8_t> result = shop.read("result.bin");
  if (result.size() != states.size()) {
    throw std::runtime_error(
        fmt::format("qemu wrote {} bytes of {}", result.size(), states.size()));
  }
  std::vector<StateBlock> blocks(batch.cases.size());
  std::memcpy(blocks.data(), result.data(), result.size());
  return blocks;
}

std::vector<std::uint8_t> assemble(const std::string& text) {
  const Workshop shop;
  shop.write("text.s", {text.begin(), text.end()});
  shop.run("xtensa-lx106-elf-as --no-transform -o text.o text.s");
  shop.run("xtensa-lx106-elf-ld --no-relax -Ttext 0 -e 0 -o text.elf text.o");
  shop.run("xtensa-lx106-elf-objcopy -O binary -j .text text.elf text.bin");
  return shop.read("text.bin");
}

}  // namespace plugrig::qemu_lx106
