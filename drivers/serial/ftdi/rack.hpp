#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "drivers/serial/ftdi/lines.hpp"

namespace plugrig::ftdi {

/// One adapter of a bench file and what its channels are for.
struct RackAdapter {
  AdapterWanted wanted;
  bool mpsse = false;  ///< channels that are no UART work by MPSSE instead of bit-bang
  /// Channels that serve as pins. All their pins are released as soon as the first channel of the
  /// adapter is opened, whoever uses them: a crash may have left a supply on.
  std::vector<int> pin_channels{};
};

/// How a rack reaches the USB. Empty functions: `list_adapters` and `open_channel`.
struct RackUsb {
  std::function<std::vector<AdapterInfo>()> list;
  std::function<std::shared_ptr<Channel>(const AdapterInfo&, const ChannelOptions&)> open;
};

/// The FTDI adapters of one bench. Opens channels when they are first asked for and shares them: a
/// bank of pins may serve several slots. When an adapter was lost, the next call searches it anew:
/// the slot recovers when the same adapter returns. Opening blocks for up to some 100 ms, and those
/// only that want the same channel. After a search that failed, `bank` and `modem_status` of that
/// adapter repeat the Fault for 250 ms instead of searching: inputs are polled. Any thread.
class Rack {
 public:
  Rack(std::vector<RackAdapter> adapters, Clock& clock, RackUsb usb = {});
  ~Rack();
  Rack(const Rack&) = delete;
  Rack& operator=(const Rack&) = delete;

  /// A channel in UART mode, for one user at a time. Fault `ftdi.in_use` (config) when it is open
  /// already; those of `select_adapter` and `open_channel`.
  std::shared_ptr<FtdiUart> open_uart(const std::string& adapter, int channel);
  /// The bank that holds this pin; opened when needed and kept until the rack goes or the adapter
  /// is lost. CBUS and modem pins share the channel with its UART. A bank of modem pins has two
  /// outputs, DTR (0) and RTS (1), and cannot be read. Faults: `ftdi.no_pin` (config) names what
  /// the chip has, `ftdi.no_channel` (config), `ftdi.in_use` (config) for pins of a channel that is
  /// a UART; those of the banks, `select_adapter` and `open_channel`.
  std::shared_ptr<PinBank> bank(const Pin& pin);
  /// CTS, DSR, RI, DCD of a channel, not older than 200 ms. Opens the channel when nobody has it
  /// open. Faults: as `bank`; `ftdi.stale` (host) when the adapter does not show them any more.
  LineStatus modem_status(const std::string& adapter, int channel);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plugrig::ftdi
