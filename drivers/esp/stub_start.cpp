#include "drivers/esp/stub_start.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "drivers/esp/bytes.hpp"
#include "drivers/esp/stub/stub_image.hpp"

namespace plugrig::esp {
namespace {

using std::chrono::milliseconds;

// Packets of the upload; the smaller ones after trouble. The loader takes up to 0x1800.
constexpr std::array<std::size_t, 3> kPackets{0x1800, 0x400, 0x100};
constexpr milliseconds kAnnounce{500};
constexpr milliseconds kAnswer{300};
constexpr milliseconds kSyncAnswer{100};
constexpr int kSyncs = 4;

bool announced(Link& link, const Deadline& deadline) {
  constexpr std::string_view kHello = "OHAI";
  const Instant end = link.clock().now() + kAnnounce;
  while (link.clock().now() < end) {
    const auto frame = link.receive_frame(end - link.clock().now(), deadline);
    if (!frame) return false;
    if (std::equal(frame->begin(), frame->end(), kHello.begin(), kHello.end())) return true;
  }
  return false;
}

/// A running stub answers SYNC with value 0; the ROM gives the frame's own first word back.
bool stub_answers(Link& link, const Deadline& deadline) {
  for (int attempt = 0; attempt < kSyncs; ++attempt) {
    std::uint32_t value = ~0U;
    if (link.sync(kSyncAnswer, deadline, &value)) return value == 0;
  }
  return false;
}

void upload(LoaderCommands& commands, std::size_t packet, const Deadline& deadline) {
  const StubImage& stub = stub_image();
  commands.load_memory(stub.text_address, stub.text, packet, deadline);
  commands.load_memory(stub.data_address, stub.data, packet, deadline);
  commands.run(stub.entry, deadline);
}

}  // namespace

void start_stub(LoaderCommands& commands, std::uint32_t flash_bytes, const Deadline& deadline) {
  Link& link = commands.link();
  for (const std::size_t packet : kPackets) {
    try {
      upload(commands, packet, deadline);
    } catch (const LinkTrouble& trouble) {
      if (trouble.kind == LinkTrouble::Kind::lost || packet == kPackets.back()) throw;
      link.log().note(link.clock().now(), std::string("upload: ") + trouble.what());
      if (!link.resynchronise(deadline)) throw;
      continue;
    }
    // The announcement may be damaged on its way; an answer with value 0 is proof enough.
    if (!announced(link, deadline)) link.log().note(link.clock().now(), "no OHAI");
    if (stub_answers(link, deadline)) {
      commands.command(Op::spi_set_params, words({0, flash_bytes, 0x10000, 0x1000, 0x100, 0xFFFF}),
                       kAnswer, deadline);
      return;
    }
  }
  throw LinkTrouble(LinkTrouble::Kind::noisy, "the stub does not answer");
}

void change_stub_baud(LoaderCommands& commands, std::uint32_t baud, const Deadline& deadline) {
  Link& link = commands.link();
  const std::uint32_t old = link.uart().baud();
  if (old == baud) return;
  commands.command(Op::change_baud, words({baud, old}), kAnswer, deadline);
  link.set_baud(baud);
  link.clock().sleep_for(milliseconds{2}, deadline);
  link.discard();
  for (int attempt = 0; attempt < kSyncs; ++attempt) {
    if (link.sync(kSyncAnswer, deadline)) return;
  }
  throw LinkTrouble(LinkTrouble::Kind::noisy, fmt::format("no answer at {} baud", baud));
}

}  // namespace plugrig::esp
