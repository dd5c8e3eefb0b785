#include "drivers/serial/ftdi/usb_transfer.hpp"

namespace plugrig::ftdi {

const char* reason_of(libusb_transfer_status status) noexcept {
  switch (status) {
    case LIBUSB_TRANSFER_NO_DEVICE:
      return "the device was disconnected";
    case LIBUSB_TRANSFER_STALL:
      return "the endpoint stalled";
    case LIBUSB_TRANSFER_OVERFLOW:
      return "the device sent more than was asked for";
    case LIBUSB_TRANSFER_TIMED_OUT:
      return "a transfer timed out";
    case LIBUSB_TRANSFER_CANCELLED:
      return "a transfer was cancelled from outside";
    default:
      return "a transfer failed on the bus";
  }
}

}  // namespace plugrig::ftdi
