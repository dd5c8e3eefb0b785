#pragma once

#include <ftdi.h>

#include <memory>
#include <string>

#include "drivers/serial/ftdi/adapters.hpp"
#include "drivers/serial/ftdi/usb_transfer.hpp"

namespace plugrig::ftdi {

/// One channel opened by libftdi1: interface claimed, the kernel's driver detached and given back
/// at the end, chip reset as libftdi1 does it (FTDI facts, section 8).
class FtdiContext {
 public:
  /// `channel` as `Channel::name()`, `adapter_name` as in the bench file. Faults: `ftdi.busy`,
  /// `ftdi.permission`, `ftdi.unknown_chip`, `ftdi.open`, `ftdi.usb` (host).
  FtdiContext(const AdapterInfo& adapter, int index, const std::string& adapter_name,
              const std::string& channel);
  ~FtdiContext();
  FtdiContext(const FtdiContext&) = delete;
  FtdiContext& operator=(const FtdiContext&) = delete;

  [[nodiscard]] ftdi_context* get() const { return context_.get(); }
  [[nodiscard]] UsbPipe in_pipe() const;
  [[nodiscard]] UsbPipe out_pipe() const;

 private:
  struct End {
    void operator()(ftdi_context* context) const noexcept { ftdi_free(context); }
  };
  std::unique_ptr<ftdi_context, End> context_;
};

}  // namespace plugrig::ftdi
