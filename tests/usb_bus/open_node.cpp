#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "tests/usb_bus/bus_state.hpp"
#include "tests/usb_bus/usb_bus.hpp"

namespace plugrig::usb_bus {
namespace {

// Called without the bus's lock: a UsbDevice closes pipes under its own lock, and close() takes the
// bus's.
int open_device(std::shared_ptr<UsbDevice> device) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
  fcntl(ends[1], F_SETPIPE_SZ, 4096);
  auto node =
      std::make_shared<OpenNode>(ends[0], fcntl(ends[1], F_DUPFD_CLOEXEC, 0), std::move(device));
  auto& bus = bus_state();
  const std::lock_guard lock(bus.mutex);
  bus.open[ends[1]] = std::move(node);
  ++bus.open_count;
  return ends[1];
}

int fail(int error) {
  errno = error;
  return -1;
}

std::optional<int> open_attribute(const std::string& path) {
  const auto slash = path.find('/');
  if (slash == std::string::npos) return {};
  auto& bus = bus_state();
  const std::lock_guard lock(bus.mutex);
  const auto node = bus.nodes.find(path.substr(0, slash));
  if (node == bus.nodes.end()) return {};
  const auto attribute = node->second.attributes.find(path.substr(slash + 1));
  if (attribute == node->second.attributes.end()) return fail(ENOENT);
  const int fd = memfd_create("sysfs", MFD_CLOEXEC);
  const auto& text = attribute->second;
  if (fd >= 0 && pwrite(fd, text.data(), text.size(), 0) < 0) std::perror("usb_bus: sysfs file");
  return fd;
}

/// `tail` = what follows kDeviceNodes.
std::optional<int> open_device_node(const std::string& tail) {
  std::shared_ptr<UsbDevice> device;
  auto& bus = bus_state();
  const auto path = kDeviceNodes + tail;
  {
    const std::lock_guard lock(bus.mutex);
    for (const auto& [port, node] : bus.nodes) {
      if (node.path != path) continue;
      if (!node.permitted) return fail(EACCES);
      device = node.device;
    }
  }
  if (device) return open_device(std::move(device));
  return {};
}

}  // namespace

OpenNode::OpenNode(int read_end, int write_end, std::shared_ptr<UsbDevice> device)
    : read_end_(read_end),
      write_end_(write_end),
      file_(
          std::make_unique<UsbFile>(std::move(device), [this](PollState state) { show(state); })) {}

OpenNode::~OpenNode() {
  file_.reset();
  if (read_end_ >= 0) ::close(read_end_);
  if (write_end_ >= 0) ::close(write_end_);
}

void OpenNode::show(PollState state) {
  char byte = 0;
  ssize_t moved = 1;
  switch (state) {
    case PollState::idle:
      moved = ::write(write_end_, &byte, 1);
      break;
    case PollState::reapable:
      moved = ::read(read_end_, &byte, 1);
      break;
    case PollState::gone:
      ::close(std::exchange(read_end_, -1));
      break;
  }
  if (moved != 1) std::perror("usb_bus: poll state");
}

BusState& bus_state() {
  static auto* const state = new BusState;
  return *state;
}

std::optional<int> open_emulated(const char* path) {
  constexpr auto sysfs_length = sizeof kSysfs - 1;
  if (std::strncmp(path, kSysfs, sysfs_length) == 0) return open_attribute(path + sysfs_length);
  for (const std::string& root : {std::string(kDeviceNodes), bus_state().other_root}) {
    if (!root.empty() && std::strncmp(path, root.c_str(), root.size()) == 0)
      return open_device_node(path + root.size());
  }
  return {};
}

std::shared_ptr<OpenNode> node_of(int fd) {
  auto& bus = bus_state();
  if (bus.open_count.load() == 0) return nullptr;
  const std::lock_guard lock(bus.mutex);
  const auto it = bus.open.find(fd);
  return it == bus.open.end() ? nullptr : it->second;
}

std::shared_ptr<OpenNode> take_node(int fd) {
  auto& bus = bus_state();
  if (bus.open_count.load() == 0) return nullptr;
  const std::lock_guard lock(bus.mutex);
  const auto it = bus.open.find(fd);
  if (it == bus.open.end()) return nullptr;
  auto node = std::move(it->second);
  bus.open.erase(it);
  --bus.open_count;
  return node;
}

int open_handles() { return bus_state().open_count.load(); }

}  // namespace plugrig::usb_bus
