#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "drivers/serial/ftdi/lines.hpp"

namespace plugrig::ftdi {

/// One adapter of a bench file and what its channels are for.
struct RackAdapter {
  AdapterWanted wanted;
  bool mpsse = false;  ///< channels that are no UART work by MPSSE instead of bit-bang
};

/// The FTDI adapters of one bench. Opens channels when they are first asked for and shares them: a
/// bank of pins may serve several slots. When an adapter was lost, the next call searches it anew:
/// the slot recovers when the same adapter returns. Any thread.
class Rack {
 public:
  Rack(std::vector<RackAdapter> adapters, Clock& clock);
  ~Rack();
  Rack(const Rack&) = delete;
  Rack& operator=(const Rack&) = delete;

  /// A channel in UART mode, for one user at a time. Fault `ftdi.in_use` (config) when it is open
  /// already; those of `select_adapter` and `open_channel`.
  std::shared_ptr<FtdiUart> open_uart(const std::string& adapter, int channel);
  /// The bank that holds this pin; opened when needed. CBUS needs the channel's UART to be open, or
  /// opens the channel for itself.
  std::shared_ptr<PinBank> bank(const Pin& pin);
  /// CTS, DSR, RI, DCD of a channel. Opens the channel when nobody has it open.
  LineStatus modem_status(const std::string& adapter, int channel);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plugrig::ftdi
