#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "drivers/esp/bytes.hpp"
#include "drivers/esp/pace.hpp"
#include "drivers/esp/rom_flash.hpp"
#include "drivers/esp/stub_flash.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::esp {
namespace {

using std::chrono::milliseconds;

// The stub has two receive buffers of this size: while it erases 64 KiB, one full buffer waits.
constexpr std::uint32_t kBlock = 0x4000;
constexpr std::uint32_t kDoubtfulBlock = 0x1000;
constexpr std::uint32_t kSmallBlock = 0x400;
constexpr std::size_t kInFlight = 2;
constexpr milliseconds kAnswer{500};
// Before a block is acknowledged the one before it is programmed (64 pages of 4 commands, 5 ms
// each at worst) and a 64 KiB erase may be waited for (3 s).
constexpr milliseconds kBlockWorst{4500};
constexpr int kMaxFlashFailures = 3;
constexpr std::uint8_t kFlashFailed = 0xC4;

/// One FLASH_BEGIN after another over one range, until all of it is acknowledged.
class BlockStream {
 public:
  BlockStream(LoaderCommands& commands, std::uint32_t offset, std::span<const std::uint8_t> bytes,
              bool last_resort, const Deadline& deadline)
      : commands_(commands),
        link_(commands.link()),
        offset_(offset),
        bytes_(bytes),
        end_(offset + static_cast<std::uint32_t>(bytes.size())),
        acknowledged_(offset),
        next_(offset),
        last_resort_(last_resort),
        deadline_(deadline) {}

  void begin() {
    waiting_.clear();
    sequence_ = 0;
    next_ = acknowledged_;
    const std::uint32_t size = end_ - next_;
    commands_.command(Op::flash_begin, words({size, (size + block_ - 1) / block_, block_, next_}),
                      kAnswer + kBlockWorst, deadline_);
    since_ = link_.clock().now();
  }

  /// Sends what may be sent and takes one answer; false when it is bad or missing.
  bool step() {
    while (next_ < end_ && waiting_.size() < kInFlight) send_next();
    const Duration wire = link_.wire_time(waiting_.size() * (block_ + 24));
    const auto answer = link_.receive(Op::flash_data, pace_.limit() + wire, deadline_);
    if (!answer) pace_.doubt();
    if (answer && answer->code() == kFlashFailed && !answer->ok()) note_flash_failure();
    if (!answer || !answer->ok()) return false;
    pace_.observed(link_.clock().now() - since_);
    since_ = link_.clock().now();
    acknowledged_ = waiting_.front();
    waiting_.pop_front();
    if (acknowledged_ > furthest_) failures_in_place_ = 0;
    furthest_ = std::max(furthest_, acknowledged_);
    ++good_;
    return true;
  }

  /// Goes back to the last place that is certain, in smaller steps.
  void go_back() {
    ++failures_;
    ++failures_in_place_;
    const bool hopeless = failures_in_place_ > (last_resort_ ? 20 : 6);
    const bool poor = !last_resort_ && failures_ > 6 && failures_ * 4 > good_;
    if (hopeless || poor) {
      throw LinkTrouble(LinkTrouble::Kind::noisy,
                        fmt::format("{} damaged blocks around 0x{:X}", failures_, acknowledged_));
    }
    // A flash error speaks of the block before, which was acknowledged ahead of its writing.
    const std::uint32_t back = std::exchange(flash_failed_, false) ? block_ : 0;
    const std::uint32_t sure = std::max(acknowledged_ - offset_, back) - back;
    acknowledged_ = offset_ + sure / sector_bytes * sector_bytes;
    block_ = failures_in_place_ > 2 ? kSmallBlock : kDoubtfulBlock;
  }

  /// The last blocks are written when this is answered.
  bool finish() {
    const auto answer = link_.exchange(Op::flash_end, words({1}), kBlockWorst, deadline_);
    if (answer && !answer->ok() && answer->code() == kFlashFailed) note_flash_failure();
    return answer && answer->ok();
  }

  [[nodiscard]] bool complete() const { return acknowledged_ >= end_; }
  [[nodiscard]] std::uint32_t acknowledged() const { return acknowledged_; }

 private:
  void send_next() {
    const auto part = bytes_.subspan(next_ - offset_, std::min(block_, end_ - next_));
    link_.send(Op::flash_data, block_data(sequence_++, part), deadline_, data_checksum(part));
    next_ += static_cast<std::uint32_t>(part.size());
    waiting_.push_back(next_);
  }

  void note_flash_failure() {
    flash_failed_ = true;
    if (++flash_failures_ < kMaxFlashFailures) return;
    throw Fault(
        "esp.flash.program", Blame::unit,
        fmt::format("The flash does not finish what is written around 0x{:X}.", acknowledged_),
        "Reject the unit: its flash is worn or damaged.", link_.log().evidence());
  }

  LoaderCommands& commands_;
  Link& link_;
  std::uint32_t offset_;
  std::span<const std::uint8_t> bytes_;
  std::uint32_t end_;
  std::uint32_t acknowledged_;         ///< everything below is
  std::uint32_t next_;                 ///< to be sent
  std::deque<std::uint32_t> waiting_;  ///< ends of the blocks under way
  std::uint32_t sequence_ = 0;
  std::uint32_t block_ = kBlock;
  bool last_resort_;
  Deadline deadline_;
  Pace pace_{kBlockWorst};
  Instant since_{};
  int good_ = 0;
  int failures_ = 0;
  int failures_in_place_ = 0;
  int flash_failures_ = 0;
  bool flash_failed_ = false;
  std::uint32_t furthest_ = 0;
};

}  // namespace

void StubFlash::write(std::uint32_t offset, std::span<const std::uint8_t> bytes,
                      const AddressFn& reached, const Deadline& deadline) {
  BlockStream stream(commands_, offset, bytes, last_resort_, deadline);
  stream.begin();
  for (;;) {
    if (stream.complete()) {
      if (stream.finish()) return;
    } else if (stream.step()) {
      if (reached) reached(stream.acknowledged());
      continue;
    }
    recover("writing", stream.acknowledged(), deadline);
    stream.go_back();
    stream.begin();
  }
}

}  // namespace plugrig::esp
