#include <fmt/format.h>

#include "fixtures/build/adapters.hpp"
#include "rig/cli/commands/adapter_text.hpp"
#include "rig/cli/commands/doctor_parts.hpp"

namespace plugrig::cli {
namespace {

std::string where(const ftdi::AdapterInfo& adapter) {
  return fmt::format("{}{}{} at {}", chip_text(adapter), adapter.serial.empty() ? "" : " ",
                     adapter.serial, adapter.path);
}

/// "; kernel driver ftdi_sio has A, B while the rig does not".
std::string drivers_text(const ftdi::AdapterInfo& adapter) {
  std::string channels;
  std::string driver;
  for (std::size_t i = 0; i < adapter.channels.size(); ++i) {
    if (adapter.channels[i].kernel_driver.empty()) continue;
    driver = adapter.channels[i].kernel_driver;
    channels += (channels.empty() ? "" : ", ") + channel_letter(i);
  }
  if (channels.empty()) return "; no kernel driver has it";
  return fmt::format("; kernel driver {} has {} while the rig does not", driver, channels);
}

}  // namespace

void examine_adapters(const bench::BenchSpec& bench, const std::vector<ftdi::AdapterInfo>& attached,
                      const HealthReport& report) {
  for (const auto& spec : bench.adapters) {
    looked(spec.name, "adapter", report, [&] {
      const auto adapter = ftdi::select_adapter(attached, build::wanted_adapter(spec));
      report({Health::Is::ok, spec.name, "adapter", where(adapter) + drivers_text(adapter), ""});
      for (std::size_t i = 0; i < adapter.channels.size(); ++i)
        if (adapter.channels[i].holder)
          report({Health::Is::warn, spec.name, "channel " + channel_letter(i),
                  holder_text(adapter.channels[i]) + ".",
                  "End that program if this bench uses the channel."});
    });
  }
}

}  // namespace plugrig::cli
