#include "tests/usb_bus/legacy_tree.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <span>
#include <system_error>

#include "tests/usb_bus/bus_state.hpp"

namespace plugrig::usb_bus {

LegacyTree::LegacyTree()
    : root_(std::filesystem::temp_directory_path() / ("plugrig-usb." + std::to_string(getpid()))) {
  auto& bus = bus_state();
  const std::lock_guard lock(bus.mutex);
  for (const auto& [port, node] : bus.nodes) {
    if (!node.device) continue;
    const auto file = root_ / node.path.substr(std::strlen(kDeviceNodes));
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file};
  }
  bus.other_root = root_.string() + "/";
  setenv("USB_DEVFS_PATH", root_.c_str(), 1);
}

LegacyTree::~LegacyTree() {
  std::error_code none;
  std::filesystem::remove_all(root_, none);
}

}  // namespace plugrig::usb_bus

extern "C" ssize_t read(int fd, void* buffer, size_t size) {
  if (const auto node = plugrig::usb_bus::node_of(fd))
    return static_cast<ssize_t>(node->read({static_cast<std::uint8_t*>(buffer), size}));
  static const auto next =
      reinterpret_cast<ssize_t (*)(int, void*, size_t)>(dlsym(RTLD_NEXT, "read"));
  return next(fd, buffer, size);
}
