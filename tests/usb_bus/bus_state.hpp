#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "tests/usb_bus/virtual_usbfs.hpp"

/// libudev's opaque type, filled with what libusb asks for.
struct udev_device {
  std::string sysname, devnode, action;
};
struct udev_monitor {
  int fd;
  std::deque<udev_device> queue;
};

namespace plugrig::usb_bus {

inline constexpr char kSysfs[] = "/sys/bus/usb/devices/";
inline constexpr char kDeviceNodes[] = "/dev/bus/usb/";

/// A device or hub in the tree of ports.
struct Node {
  std::shared_ptr<UsbDevice> device;              ///< none: a hub
  std::map<std::string, std::string> attributes;  ///< sysfs files
  std::string path;                               ///< /dev/bus/usb/001/002
  int address = 0;
  bool permitted = true;
  int children = 0;
};

/// What the program holds as an open device node is the write end of a pipe of one page. Full means
/// nothing to reap; drained raises POLLOUT; a closed read end raises POLLERR: as usbfs does.
class OpenNode {
 public:
  OpenNode(int read_end, int write_end, std::shared_ptr<UsbDevice> device);
  ~OpenNode();
  OpenNode(const OpenNode&) = delete;
  OpenNode& operator=(const OpenNode&) = delete;
  int ioctl(unsigned long request, void* argument) { return file_->ioctl(request, argument); }
  std::size_t read(std::span<std::uint8_t> into) { return file_->read(into); }

 private:
  void show(PollState state);
  int read_end_, write_end_;
  std::unique_ptr<UsbFile> file_;
};

/// All that is plugged in and opened. The one process-wide state of the bus: the functions that it
/// stands behind (open, ioctl, …) have no place for another.
struct BusState {
  std::mutex mutex;
  std::map<std::string, Node> nodes;  ///< by port
  std::map<int, std::shared_ptr<OpenNode>> open;
  std::set<udev_monitor*> monitors;
  int last_address = 0;
  std::string other_root;          ///< a second name of kDeviceNodes; empty = none
  std::atomic<int> open_count{0};  ///< of `open`; read without the lock on every close()
};
/// Outlives every static destructor that may still close something.
BusState& bus_state();

/// The descriptor, or -1 with errno set; nothing when the path is none of the bus's.
std::optional<int> open_emulated(const char* path);
/// The open node behind `fd`, or null.
std::shared_ptr<OpenNode> node_of(int fd);
/// Takes the node out of the table: it closes when the last reference goes.
std::shared_ptr<OpenNode> take_node(int fd);

}  // namespace plugrig::usb_bus
