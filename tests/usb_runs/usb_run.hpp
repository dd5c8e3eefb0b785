#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "tests/usb_bench/emulated_bench.hpp"

namespace plugrig::test {

/// What `plugrig run` did.
struct UsbResult {
  int code = -1;
  std::vector<nlohmann::json> events;
  std::string err;

  /// Verdict of the unit in this slot ("pass", "fail", "error", …); empty when none ended there.
  [[nodiscard]] std::string verdict(const std::string& slot) const;
  /// Identifiers of all faults of a slot, in order.
  [[nodiscard]] std::vector<std::string> faults(const std::string& slot) const;
  [[nodiscard]] std::vector<std::string> blames(const std::string& slot) const;
  /// For messages of a failed test.
  [[nodiscard]] std::string told() const;
};

/// The bench of fixtures/demo-ftdi.yaml, or another one, with everything behind it emulated in this
/// process, and `plugrig run` on it: real time, unmodified libftdi1 and libusb.
class UsbRun {
 public:
  explicit UsbRun(const std::string& name, const std::filesystem::path& bench = PLUGRIG_SOURCE_DIR
                                           "/fixtures/demo-ftdi.yaml");
  ~UsbRun();
  UsbRun(const UsbRun&) = delete;
  UsbRun& operator=(const UsbRun&) = delete;

  [[nodiscard]] EmulatedBench& bench() { return *emulated_; }
  [[nodiscard]] const std::vector<std::uint8_t>& image() const { return image_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  /// `plugrig run SEQUENCE --bench BENCH` with the shipped sequence, its variables and `more`.
  UsbResult run(const std::vector<std::string>& more, std::stop_token stop = {});

  /// The flash of a slot's plug holds the image, but for the bytes of its settings.
  [[nodiscard]] bool holds_image(const std::string& slot);

 private:
  std::filesystem::path folder_, bench_file_;
  std::vector<std::uint8_t> image_;
  std::unique_ptr<EmulatedBench> emulated_;
  int runs_ = 0;
};

/// PLUGRIG_LONG is set: tests take their full length.
bool long_tests();

}  // namespace plugrig::test
