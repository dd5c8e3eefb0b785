#include "drivers/serial/ftdi/channel_faults.hpp"

#include <fmt/format.h>

#include <cmath>

namespace plugrig::ftdi {

Fault lost_fault(const std::string& channel, const std::string& during, const std::string& reason) {
  return {"ftdi.lost",
          Blame::host,
          "The adapter of channel " + channel + " was lost while " + during + ".",
          "Check the adapter's USB plug and cable; once the same adapter is back, start again.",
          {{"libusb", reason}}};
}

Fault request_fault(const std::string& channel, const std::string& during,
                    const std::string& reason) {
  return {"ftdi.request",
          Blame::host,
          "Channel " + channel + " refused a request while " + during + ".",
          "Unplug the adapter and plug it in again; if it stays, replace it.",
          {{"libftdi1", reason}}};
}

Fault baud_fault(const std::string& channel, ChipKind chip, std::uint32_t wanted) {
  const auto nearest = nearest_rate(chip, wanted);
  const std::string name(facts_of(chip).name);
  const std::string made =
      nearest ? fmt::format("the nearest that an {} can make is {:.0f} bit/s, {:+.1f} %", name,
                            nearest->achieved, nearest->error() * 100)
              : fmt::format("it lies outside an {}'s range, {} to {} bit/s", name, 184,
                            facts_of(chip).high_speed ? 12'000'000 : 3'000'000);
  return {"ftdi.baud", Blame::config,
          fmt::format("Channel {} cannot make {} bit/s: {}.", channel, wanted, made),
          fmt::format("Choose a rate that it can make within {:.0f} %, for example 115200, 921600 "
                      "or 2000000.",
                      kMaxRateError * 100)};
}

Fault write_timeout_fault(const std::string& channel, std::size_t bytes_left) {
  return {"serial.write.timeout",
          Blame::host,
          "Channel " + channel + " did not take all bytes in time.",
          "Check the adapter and the load on its USB hub, then try again.",
          {{"bytes left", std::to_string(bytes_left)}}};
}

Fault drain_timeout_fault(const std::string& channel) {
  return {"serial.write.timeout", Blame::host,
          "Channel " + channel + " did not send all bytes in time.",
          "Give it more time at this rate, or check the adapter."};
}

std::vector<Evidence> line_error_evidence(const LineStatus& before, const LineStatus& after) {
  std::vector<Evidence> found;
  const auto add = [&found](const char* name, std::uint64_t count) {
    if (count != 0) found.push_back({name, std::to_string(count)});
  };
  add("framing errors", after.framing_errors - before.framing_errors);
  add("parity errors", after.parity_errors - before.parity_errors);
  add("breaks", after.breaks - before.breaks);
  add("overruns", after.overruns - before.overruns);
  return found;
}

}  // namespace plugrig::ftdi
