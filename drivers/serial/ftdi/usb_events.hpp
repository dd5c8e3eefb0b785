#pragma once

#include <libusb.h>

#include <functional>
#include <thread>

namespace plugrig::ftdi {

/// The thread that moves the transfers of one libusb context. It waits in libusb, outside the
/// clock: real time only.
class UsbEvents {
 public:
  /// `idle`: no transfer is pending any more. `failed` is told once when libusb cannot handle
  /// events any more; the thread has ended then. Both are called on the thread and must not throw.
  UsbEvents(libusb_context* context, std::function<bool()> idle,
            std::function<void(const char*)> failed);
  /// Ends the thread once `idle()` holds: cancel the transfers first.
  ~UsbEvents();
  UsbEvents(const UsbEvents&) = delete;
  UsbEvents& operator=(const UsbEvents&) = delete;

 private:
  void run(const std::stop_token& stop) noexcept;

  libusb_context* context_;
  std::function<bool()> idle_;
  std::function<void(const char*)> failed_;
  std::jthread thread_;
};

}  // namespace plugrig::ftdi
