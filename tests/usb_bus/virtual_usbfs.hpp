#pragma once

#include <linux/usbdevice_fs.h>
#include <sys/ioctl.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <thread>
#include <vector>

#include "fixtures/twin/ftdi/chip.hpp"

namespace plugrig::usb_bus {

/// What poll() on an open device node should report.
enum class PollState : std::uint8_t { idle, reapable, gone };

class UsbFile;

/// A chip on the bus. Its thread plays the host controller.
class UsbDevice {
 public:
  UsbDevice(std::shared_ptr<twin::ftdi::Chip> chip, bool kernel_driver);
  ~UsbDevice();
  UsbDevice(const UsbDevice&) = delete;
  UsbDevice& operator=(const UsbDevice&) = delete;

  /// Transfers in flight end with ESHUTDOWN, later ioctls with ENODEV. Joins the thread.
  void unplug();
  [[nodiscard]] bool kernel_bound(unsigned interface);

 private:
  friend class UsbFile;

  /// Shared with the chip, which may ring it when the device is already gone.
  struct Alarm {
    std::mutex mutex;
    std::condition_variable changed;
    bool rung = false;
    bool stop = false;
    void ring(bool and_stop = false);
  };

  void run();
  void halt();
  Instant service(UsbFile& file);

  const std::shared_ptr<twin::ftdi::Chip> chip_;
  std::mutex mutex_;  ///< everything below, and the queues of every UsbFile
  std::set<UsbFile*> files_;
  std::vector<bool> kernel_bound_;  ///< by interface
  bool gone_ = false;
  const std::shared_ptr<Alarm> alarm_ = std::make_shared<Alarm>();
  std::thread thread_;
};

/// One open() of a device node: answers the ioctls of Linux usbfs.
class UsbFile {
 public:
  /// `on_poll` is called with the device's lock held.
  UsbFile(std::shared_ptr<UsbDevice> device, std::function<void(PollState)> on_poll);
  ~UsbFile();
  UsbFile(const UsbFile&) = delete;
  UsbFile& operator=(const UsbFile&) = delete;

  /// The result, or a negative errno.
  int ioctl(unsigned long request, void* argument);
  /// Descriptors, from where the last call ended; bytes, 0 at the end.
  std::size_t read(std::span<std::uint8_t> into);

 private:
  friend class UsbDevice;
  struct Pending {
    usbdevfs_urb* urb;
    std::size_t done;
    bool first;
  };

  int submit(usbdevfs_urb* urb, std::unique_lock<std::mutex>& lock);
  int submit_control(usbdevfs_urb* urb, std::unique_lock<std::mutex>& lock);
  int control(const usbdevfs_ctrltransfer& transfer, std::unique_lock<std::mutex>& lock);
  int reap(void* argument);
  int discard(const void* urb);
  int claim(unsigned interface);
  int driver_name(usbdevfs_getdriver& driver) const;
  int driver_ioctl(const usbdevfs_ioctl& command);
  [[nodiscard]] bool claimed_by_other(unsigned interface) const;
  void complete(usbdevfs_urb* urb, int status, std::size_t length);
  void poll_state(PollState state);

  const std::shared_ptr<UsbDevice> device_;
  const std::function<void(PollState)> on_poll_;
  PollState poll_ = PollState::idle;
  std::list<Pending> pending_;
  std::deque<usbdevfs_urb*> finished_;
  std::set<unsigned> claimed_;
  std::size_t read_until_ = 0;
};

}  // namespace plugrig::usb_bus
