// Files that describe an instrument: profile of a meter, profile of a board, certificate. Whatever
// stands in them, what is taken without a problem can be worked with.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "drivers/modbus/certificate.hpp"
#include "drivers/modbus/profile.hpp"

namespace {

using namespace plugrig;
using namespace plugrig::modbus;

/// A file that the disk never sees.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* bytes, std::size_t size) : fd_(memfd_create("profile", 0)) {
    if (fd_ < 0) std::abort();
    if (size > 0 && write(fd_, bytes, size) != static_cast<ssize_t>(size)) std::abort();
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  [[nodiscard]] std::filesystem::path path() const {
    return "/proc/self/fd/" + std::to_string(fd_);
  }

 private:
  int fd_;
};

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

void check_problems(const Problems& problems) {
  for (const auto& problem : problems.all()) require(!problem.message.empty(), "no message");
  require(problems.all().empty() == problems.render().empty(), "problems cannot be rendered");
}

void check_value(const std::optional<MeterValue>& value) {
  if (!value) return;
  require(std::isfinite(value->scale) && value->scale != 0, "scale");
  require(value->minimum < value->maximum, "bounds of a value");
}

void check_ranges(const std::vector<double>& ranges) {
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    require(ranges[i] > 0 && std::isfinite(ranges[i]), "range");
    require(i == 0 || ranges[i - 1] < ranges[i], "ranges ascend");
  }
}

void check_meter(const MeterProfile& meter) {
  require(meter.function == 3 || meter.function == 4, "function of a meter");
  require(meter.block.count >= 1 && meter.block.count <= 125, "block");
  for (const auto* value : {&meter.voltage, &meter.current, &meter.power, &meter.frequency})
    check_value(*value);
  require(meter.refresh > Duration::zero() && meter.latency > Duration::zero(), "times");
  check_ranges(meter.ranges_V);
  check_ranges(meter.ranges_A);
}

void check_board(const BoardProfile& board) {
  require(board.relays >= 1, "relays");
  require(board.on_word != board.off_word, "on and off are the same");
  if (board.timed_on) {
    require(board.timed_on->step > Duration::zero(), "step of a timed pulse");
    require(board.timed_on->most_steps > 0, "length of a timed pulse");
  }
  require(board.contact_rating_A > 0, "rating");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const MemoryFile file(bytes, size);
  Problems of_kind;
  const auto kind = profile_kind(file.path(), of_kind);
  require(!kind.empty() || of_kind.any_error(), "no kind and no reason");

  Problems of_meter;
  const auto meter = load_meter_profile(file.path(), of_meter);
  check_problems(of_meter);
  if (!of_meter.any_error()) check_meter(meter);

  Problems of_board;
  const auto board = load_board_profile(file.path(), of_board);
  check_problems(of_board);
  if (!of_board.any_error()) check_board(board);
  require(of_meter.any_error() || of_board.any_error(), "meter and board in one");

  Problems of_certificate;
  load_certificate(file.path(), of_certificate);
  check_problems(of_certificate);
  return 0;
}
