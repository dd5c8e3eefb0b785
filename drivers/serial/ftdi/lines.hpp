#pragma once

#include <memory>
#include <string>
#include <vector>

#include "drivers/api/control_lines.hpp"
#include "drivers/api/mains_hardware.hpp"
#include "drivers/serial/ftdi/pin_bank.hpp"
#include "drivers/serial/ftdi/uart.hpp"

namespace plugrig::ftdi {

/// Where a line ends on an adapter.
struct Pin {
  enum class Group : std::uint8_t {
    modem,  ///< outputs DTR (0), RTS (1) of a UART channel; inputs CTS (0), DSR (1), RI (2), DCD
            ///< (3)
    cbus,   ///< beside the UART of channel A
    pins,   ///< of a channel that is no UART: bit-bang, or MPSSE where the adapter says so
  };
  std::string adapter;  ///< name in the bench file
  int channel = 0;      ///< 0 = A
  Group group = Group::pins;
  int bit = 0;
  friend bool operator==(const Pin&, const Pin&) = default;
};

/// One output line of a slot (fixture files and bench files).
struct OutputLine {
  enum class Drive : std::uint8_t { open_drain, push_pull };
  enum class Safe : std::uint8_t {
    released,  ///< high impedance
    idle,      ///< driven to the level that is not in effect
    keep,      ///< as it was, also after the program has ended: lamps (by bit-bang alone)
  };
  Signal signal{};
  Pin pin;
  bool active_low = true;  ///< the level that puts it in effect
  Drive drive = Drive::open_drain;
  Safe safe = Safe::released;  ///< before the port is opened and after it is closed
  Duration settle{};           ///< after a change, until it counts
};

/// One input line of a slot.
struct InputLine {
  std::string name;  ///< "F1 guard closed"
  Pin pin;
  bool active_low = true;  ///< closed = pin low; an open wire reads high through the chip's pull-up
  Duration debounce = std::chrono::milliseconds{10};  ///< equal for so long before it reads closed
};

class Rack;

/// The lines of one slot over pins of adapters; DTR and RTS go to `uart` (may be null) unless they
/// serve as another signal. Lines in one bank move in one request; where several are needed,
/// `power_3v3` goes first when it is taken away and comes last. Opening drives everything to the
/// safe and then to the idle state, closing to the safe state. Once its adapter is lost a slot's
/// lines stay lost: its supply is gone, so the slot must be opened anew.
class Lines final : public ControlLines {
 public:
  Lines(std::vector<OutputLine> lines, std::shared_ptr<FtdiUart> uart, Rack& rack, Clock& clock);
  ~Lines() override;
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  [[nodiscard]] bool offers(Signal signal) const override;
  /// Blocks for the longest settle time of the lines that changed. Taking `power_3v3` away parks
  /// the UART first, giving it back unparks it.
  void set(std::span<const LineChange> changes) override;
  /// Every line to its safe state; never throws: a lost adapter has no lines.
  void make_safe() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// An input as the mains gate reads it. Reads now; closed only after `debounce` of equal readings.
/// Throws `ftdi.lost` or `ftdi.missing` (host) when the adapter is gone: the gate takes that for
/// open; once it is back the input works again. Two threads may ask at once.
std::unique_ptr<SafetyInput> make_input(InputLine line, Rack& rack, Clock& clock);

}  // namespace plugrig::ftdi
