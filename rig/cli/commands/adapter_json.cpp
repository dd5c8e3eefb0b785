#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "drivers/serial/ftdi/udev.hpp"
#include "rig/cli/commands/adapter_text.hpp"

namespace plugrig::cli {
namespace {

using Json = nlohmann::ordered_json;  // keeps the order in which keys are set

Json channel_json(std::size_t index, const ftdi::ChannelState& channel) {
  Json json{{"channel", channel_letter(index)}, {"kernel_driver", channel.kernel_driver}};
  if (channel.holder)
    json["holder"] = {{"pid", channel.holder->pid}, {"command", channel.holder->command}};
  return json;
}

Json adapter_json(const ftdi::AdapterInfo& adapter, const BenchAdapter& bench,
                  const UdevRules& rules) {
  Json json{{"chip", chip_text(adapter)},
            {"known", adapter.chip.has_value()},
            {"product", fmt::format("{:04x}", adapter.product)},
            {"bcd_device", fmt::format("{:04x}", adapter.bcd_device)},
            {"serial", adapter.serial},
            {"description", adapter.description},
            {"manufacturer", adapter.manufacturer},
            {"path", adapter.path},
            {"node", adapter.node},
            {"permitted", adapter.permitted}};
  if (!adapter.permitted) {
    json["why_not"] = adapter.why_not;
    if (!rules.contains(adapter.product))
      json["udev_rule_missing"] = ftdi::udev_rule_for(adapter.product);
  }
  json["channels"] = Json::array();
  for (std::size_t i = 0; i < adapter.channels.size(); ++i)
    json["channels"].push_back(channel_json(i, adapter.channels[i]));
  if (!bench.fields.empty()) json["bench"] = {{"name", bench.name}, {"adapter", bench.fields}};
  if (!bench.why.empty()) json["bench_remark"] = bench.why;
  return json;
}

}  // namespace

std::vector<std::string> adapters_json(const std::vector<ftdi::AdapterInfo>& attached,
                                       const UdevRules& rules) {
  const auto names = bench_adapters(attached);
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < attached.size(); ++i)
    // Names come from the device: broken UTF-8 in them must not break the line.
    lines.push_back(adapter_json(attached[i], names.at(i), rules)
                        .dump(-1, ' ', false, Json::error_handler_t::replace));
  return lines;
}

}  // namespace plugrig::cli
