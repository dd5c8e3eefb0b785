#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "drivers/api/scan.hpp"
#include "drivers/api/uart.hpp"
#include "drivers/operator/wedge.hpp"

namespace plugrig::person {

/// The lines of a serial scanner: each scan ends with CR, LF or both. Pure: bytes and the time in.
class ScanLines {
 public:
  using Line = std::variant<Scan, BrokenScan>;

  /// A line with a pause of more than `gap` inside was cut off, or is the rest of one.
  explicit ScanLines(Duration gap = std::chrono::milliseconds{500}) : gap_(gap) {}

  std::vector<Line> take(std::span<const std::uint8_t> bytes, Instant at);

 private:
  void end(std::vector<Line>& lines);

  Duration gap_;
  std::string line_;
  bool junk_ = false;
  Instant last_{};
};

/// A scanner at a serial port. `next` throws Fault `scanner.junk` (fixture) for what is no scan:
/// wrong rate, noise, a line that was cut; the scanner can be used on.
class SerialScanner final : public ScanSource {
 public:
  /// Both outlive the scanner.
  SerialScanner(Uart& port, Clock& clock) : port_(port), clock_(clock) {}

  std::optional<Scan> next(const Deadline& deadline) override;

 private:
  Uart& port_;
  Clock& clock_;
  ScanLines lines_;
  std::deque<ScanLines::Line> ready_;
};

/// Scans that another thread hands over: the terminal board, or whoever reads a scanner for several
/// slots. `push` and `close` may be called from any thread that holds a seat of the clock.
class ScanQueue final : public ScanSource {
 public:
  /// `clock` outlives the queue.
  explicit ScanQueue(Clock& clock) : clock_(clock) {}

  void push(Scan scan);
  /// No scan will come any more; those that are there can still be taken.
  void close();

  std::optional<Scan> next(const Deadline& deadline) override;
  [[nodiscard]] bool over() const override;

 private:
  Clock& clock_;
  mutable std::mutex lock_;
  std::deque<Scan> scans_;
  bool closed_ = false;
};

}  // namespace plugrig::person
