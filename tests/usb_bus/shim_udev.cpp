// Stands in for libudev, as far as libusb uses it.
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstring>
#include <iterator>
#include <list>
#include <utility>

#include "tests/usb_bus/bus_state.hpp"

struct udev {};
struct udev_list_entry {
  std::string name;
  udev_list_entry* next;
};
struct udev_enumerate {
  std::list<udev_list_entry> entries;
};

namespace {
using plugrig::usb_bus::bus_state;
using plugrig::usb_bus::kSysfs;
}  // namespace

extern "C" {

udev* udev_new() { return new udev; }
udev* udev_unref(udev* context) {
  delete context;
  return nullptr;
}

udev_enumerate* udev_enumerate_new(udev* /*context*/) { return new udev_enumerate; }
udev_enumerate* udev_enumerate_unref(udev_enumerate* list) {
  delete list;
  return nullptr;
}
int udev_enumerate_add_match_subsystem(udev_enumerate* /*list*/, const char* /*subsystem*/) {
  return 0;
}
int udev_enumerate_add_match_property(udev_enumerate* /*list*/, const char* /*property*/,
                                      const char* /*value*/) {
  return 0;
}
int udev_enumerate_scan_devices(udev_enumerate* list) {
  auto& bus = bus_state();
  const std::lock_guard lock(bus.mutex);
  for (const auto& [port, node] : bus.nodes) {
    list->entries.push_back({kSysfs + port, nullptr});
    if (list->entries.size() > 1) std::prev(list->entries.end(), 2)->next = &list->entries.back();
  }
  return 0;
}
udev_list_entry* udev_enumerate_get_list_entry(udev_enumerate* list) {
  return list->entries.empty() ? nullptr : &list->entries.front();
}
udev_list_entry* udev_list_entry_get_next(udev_list_entry* entry) { return entry->next; }
const char* udev_list_entry_get_name(udev_list_entry* entry) { return entry->name.c_str(); }

udev_device* udev_device_new_from_syspath(udev* /*context*/, const char* path) {
  if (std::strncmp(path, kSysfs, sizeof kSysfs - 1) != 0) return nullptr;
  const std::string port = path + sizeof kSysfs - 1;
  auto& bus = bus_state();
  const std::lock_guard lock(bus.mutex);
  const auto node = bus.nodes.find(port);
  return node == bus.nodes.end() ? nullptr : new udev_device{port, node->second.path, ""};
}
udev_device* udev_device_unref(udev_device* device) {
  delete device;
  return nullptr;
}
// libusb asks these of a device that was pulled out while it scanned, too: libudev says nothing
// then.
const char* udev_device_get_sysname(udev_device* device) {
  return device == nullptr ? nullptr : device->sysname.c_str();
}
const char* udev_device_get_devnode(udev_device* device) {
  return device == nullptr ? nullptr : device->devnode.c_str();
}
const char* udev_device_get_action(udev_device* device) {
  return device == nullptr ? nullptr : device->action.c_str();
}

udev_monitor* udev_monitor_new_from_netlink(udev* /*context*/, const char* /*name*/) {
  auto* monitor = new udev_monitor{eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC | EFD_SEMAPHORE), {}};
  auto& bus = bus_state();
  const std::lock_guard lock(bus.mutex);
  bus.monitors.insert(monitor);
  return monitor;
}
udev_monitor* udev_monitor_unref(udev_monitor* monitor) {
  auto& bus = bus_state();
  {
    const std::lock_guard lock(bus.mutex);
    bus.monitors.erase(monitor);
  }
  ::close(monitor->fd);
  delete monitor;
  return nullptr;
}
int udev_monitor_filter_add_match_subsystem_devtype(udev_monitor* /*monitor*/,
                                                    const char* /*subsystem*/,
                                                    const char* /*type*/) {
  return 0;
}
int udev_monitor_enable_receiving(udev_monitor* /*monitor*/) { return 0; }
int udev_monitor_get_fd(udev_monitor* monitor) { return monitor->fd; }
udev_device* udev_monitor_receive_device(udev_monitor* monitor) {
  auto& bus = bus_state();
  const std::lock_guard lock(bus.mutex);
  eventfd_t counted = 0;
  if (monitor->queue.empty() || eventfd_read(monitor->fd, &counted) != 0) return nullptr;
  auto* device = new udev_device(std::move(monitor->queue.front()));
  monitor->queue.pop_front();
  return device;
}

}  // extern "C"
