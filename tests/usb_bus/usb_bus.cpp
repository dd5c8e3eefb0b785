#include "tests/usb_bus/usb_bus.hpp"

#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "tests/usb_bus/bus_state.hpp"

namespace plugrig::usb_bus {
namespace {

const std::vector<std::uint8_t> kHubDescriptors{
    18, 1, 0,    2, 9, 0, 1,  64,   0x6b, 0x1d, 2, 0, 0, 1, 0, 0, 0, 1,  // device
    9,  2, 25,   0, 1, 1, 0,  0xe0, 0,                                   // configuration
    9,  4, 0,    0, 1, 9, 0,  0,    0,                                   // interface
    7,  5, 0x81, 3, 4, 0, 12,                                            // endpoint
};

/// "1-1.2" → "1-1" → "usb1" → "".
std::string parent_of(const std::string& port) {
  if (port.starts_with("usb")) return "";
  const auto dot = port.rfind('.');
  return dot != std::string::npos ? port.substr(0, dot) : "usb" + port.substr(0, port.find('-'));
}

std::string free_path(BusState& bus, int bus_number) {
  char path[40];
  const auto in_use = [&] {
    return std::any_of(bus.nodes.begin(), bus.nodes.end(),
                       [&](const auto& entry) { return entry.second.path == path; });
  };
  do {
    bus.last_address = bus.last_address % 127 + 1;
    std::snprintf(path, sizeof path, "%s%03d/%03d", kDeviceNodes, bus_number, bus.last_address);
  } while (in_use());
  return path;
}

Node& add_node(BusState& bus, const std::string& port, const std::vector<std::uint8_t>& descriptors,
               bool high_speed) {
  const auto parent = parent_of(port);
  if (!parent.empty()) {
    if (bus.nodes.count(parent) == 0)
      add_node(bus, parent, kHubDescriptors, true).permitted = false;
    ++bus.nodes[parent].children;
  }
  const int bus_number = std::stoi(port.substr(port.find_first_of("0123456789")));
  auto path = free_path(bus, bus_number);
  auto& node = bus.nodes[port];
  node.path = std::move(path);
  node.address = bus.last_address;
  node.attributes = {{"busnum", std::to_string(bus_number) + "\n"},
                     {"devnum", std::to_string(node.address) + "\n"},
                     {"speed", high_speed ? "480\n" : "12\n"},
                     {"bConfigurationValue", "1\n"},
                     {"descriptors", {descriptors.begin(), descriptors.end()}}};
  return node;
}

/// What the kernel has read when a device was found, as sysfs files.
void add_strings(Node& node, twin::ftdi::Chip& chip) {
  const std::pair<const char*, std::uint16_t> files[] = {
      {"manufacturer", 1}, {"product", 2}, {"serial", 3}};
  for (const auto& [file, number] : files) {
    std::array<std::uint8_t, 255> bytes{};
    const auto value = static_cast<std::uint16_t>(0x0300 | number);
    const int length = chip.control({0x80, 0x06, value, 0x0409, bytes.size()}, bytes, now());
    std::string text;
    for (std::size_t i = 2; static_cast<int>(i) < length; i += 2)
      text += static_cast<char>(bytes.at(i));
    if (!text.empty()) node.attributes[file] = text + "\n";
  }
}

void announce(BusState& bus, const std::string& port, const Node& node, const char* action) {
  for (auto* monitor : bus.monitors) {
    monitor->queue.push_back({port, node.path, action});
    eventfd_write(monitor->fd, 1);
  }
}

/// Takes a number of at most so many digits, the first not 0, off the front.
bool take_number(std::string_view& text, std::size_t most) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || digits > most || text.front() == '0') return false;
  text.remove_prefix(digits);
  return true;
}

/// Bus, '-', then up to six ports with dots between.
bool is_path(std::string_view text) {
  if (!take_number(text, 3)) return false;
  for (int level = 0; level < 6; ++level) {
    if (!text.starts_with(level == 0 ? '-' : '.')) return false;
    text.remove_prefix(1);
    if (!take_number(text, 2)) return false;
    if (text.empty()) return true;
  }
  return false;
}

void check_port(const BusState& bus, const std::string& port) {
  if (!is_path(port)) throw std::invalid_argument("'" + port + "' is no bus path such as 1-4.2");
  if (bus.nodes.count(port) != 0)
    throw std::invalid_argument("something is plugged in at " + port + " already");
}

}  // namespace

void plug(std::shared_ptr<twin::ftdi::Chip> chip, const std::string& port, PlugOptions options) {
  auto& bus = bus_state();
  {
    const std::lock_guard lock(bus.mutex);
    check_port(bus, port);
  }
  chip->power_up();  // without the lock: calls into the bench
  const std::lock_guard lock(bus.mutex);
  check_port(bus, port);
  auto& node = add_node(bus, port, chip->descriptors(), chip->high_speed());
  add_strings(node, *chip);
  node.device = std::make_shared<UsbDevice>(std::move(chip), options.kernel_driver);
  node.permitted = options.permitted;
  announce(bus, port, node, "add");
}

void unplug(const std::string& port) {
  auto& bus = bus_state();
  Node node;  // destroyed without the lock: it joins a thread
  {
    const std::lock_guard lock(bus.mutex);
    const auto it = bus.nodes.find(port);
    if (it == bus.nodes.end() || !it->second.device) return;
    node = std::move(it->second);
    bus.nodes.erase(it);
    for (auto hub = parent_of(port); !hub.empty() && --bus.nodes[hub].children == 0;
         hub = parent_of(hub))
      bus.nodes.erase(hub);
  }
  node.device->unplug();
  const std::lock_guard lock(bus.mutex);
  announce(bus, port, node, "remove");
}

void set_permitted(const std::string& port, bool permitted) {
  auto& bus = bus_state();
  const std::lock_guard lock(bus.mutex);
  const auto it = bus.nodes.find(port);
  if (it != bus.nodes.end()) it->second.permitted = permitted;
}

bool kernel_driver_bound(const std::string& port, unsigned channel) {
  auto& bus = bus_state();
  std::shared_ptr<UsbDevice> device;
  {
    const std::lock_guard lock(bus.mutex);
    const auto it = bus.nodes.find(port);
    if (it != bus.nodes.end()) device = it->second.device;
  }
  return device && device->kernel_bound(channel);
}

int address_of(const std::string& port) {
  auto& bus = bus_state();
  const std::lock_guard lock(bus.mutex);
  const auto it = bus.nodes.find(port);
  return it == bus.nodes.end() ? 0 : it->second.address;
}

}  // namespace plugrig::usb_bus
