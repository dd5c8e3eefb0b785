#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "drivers/api/control_lines.hpp"
#include "drivers/api/uart.hpp"
#include "drivers/serial/com_port.hpp"
#include "drivers/serial/telnet_parser.hpp"
#include "rig/core/fault.hpp"
#include "rig/core/fd_wait.hpp"

namespace plugrig::serial {

struct Rfc2217Options {
  std::string address;           ///< "name:port"
  std::uint32_t baud = 115'200;  ///< bit/s
  /// How long a server may take to answer one request.
  Duration answer_limit = std::chrono::seconds{3};
};

/// A serial port on another machine, by telnet's COM-PORT-OPTION (RFC 2217): ser2net, the server of
/// python3-serial, the twin. Real time only; one thread at a time uses it.
///
/// Opening negotiates binary transmission and the option, releases DTR and RTS in one packet, then
/// sets 8N1, no flow control and the rate, and throws away what was received before. Closing
/// releases the lines again.
///
/// What the protocol cannot offer: there is no request that waits until bytes have left on the
/// wire. `drain` waits until the server has read them (answers come in order) and for as long as
/// they take on the wire at the rate in force. A server that holds bytes back for longer is not
/// noticed; the twin's server answers only when its wire is empty.
///
/// DTR and RTS that are changed together travel in one packet, one behind the other. How far apart
/// the server moves them is its own affair (ser2net: two requests to its adapter, 1 to 2 ms).
///
/// Faults: `rfc2217.address` (config), `rfc2217.name`, `rfc2217.refused`, `rfc2217.unreachable`,
/// `rfc2217.busy`, `rfc2217.not_supported`, `rfc2217.no_answer`, `rfc2217.lost` (host),
/// `serial.baud`, `serial.write.timeout` (host), `lines.missing` (fixture).
class Rfc2217Port final : public Uart, public ControlLines, private TelnetSink {
 public:
  /// Connects and sets up; blocks at most until `deadline` or, for each answer, `answer_limit`.
  Rfc2217Port(const Clock& clock, const Rfc2217Options& options, const Deadline& deadline);
  Rfc2217Port(const Rfc2217Port&) = delete;
  Rfc2217Port& operator=(const Rfc2217Port&) = delete;
  /// Blocks at most 0.3 s for the server to say that the lines are released.
  ~Rfc2217Port() override;

  void write(std::span<const std::uint8_t> bytes, const Deadline& deadline) override;
  void drain(const Deadline& deadline) override;
  std::size_t read(std::span<std::uint8_t> into, const Deadline& deadline) override;
  void set_baud(std::uint32_t baud) override;
  [[nodiscard]] std::uint32_t baud() const override { return baud_; }
  void discard_input() override;

  [[nodiscard]] bool offers(Signal signal) const override;
  void set(std::span<const LineChange> changes) override;

 private:
  void on_data(std::span<const std::uint8_t> bytes) override;
  void on_negotiation(std::uint8_t verb, std::uint8_t option) override;
  void on_subnegotiation(std::span<const std::uint8_t> bytes) override;

  void negotiate(const Deadline& deadline);
  void set_up(std::uint32_t baud, const Deadline& deadline);
  [[nodiscard]] bool negotiated() const;
  [[nodiscard]] bool refused(std::uint8_t option) const;
  [[nodiscard]] bool agreed(std::uint8_t verb, std::uint8_t option) const;

  /// Waits for the socket once, sends what is queued and takes what came. False = deadline passed.
  bool exchange(bool want_input, const Deadline& deadline);
  void send_queued();
  void receive();
  bool flush(const Deadline& deadline);
  bool wait_until(const std::function<bool()>& done, const Deadline& deadline);
  [[nodiscard]] Deadline answer_deadline(const Deadline& outer) const;
  [[nodiscard]] bool answered(std::uint8_t command, std::uint32_t value) const;
  [[nodiscard]] bool answered(std::uint8_t command) const;
  [[nodiscard]] std::uint32_t last_answer(std::uint8_t command) const;
  void check_rate(std::uint32_t wanted) const;

  [[nodiscard]] Fault lost(int error) const;
  [[nodiscard]] Fault no_answer(const std::string& to_what) const;
  [[nodiscard]] Fault not_supported(const std::string& why) const;

  const Clock& clock_;
  std::string name_;
  Duration answer_limit_;
  UniqueFd socket_;
  TelnetParser parser_;
  std::vector<std::uint8_t> out_;  ///< telnet bytes that the socket has not taken yet
  std::deque<std::uint8_t> in_;    ///< bytes of the line that nobody has read yet
  std::map<std::pair<std::uint8_t, std::uint8_t>, bool> heard_;  ///< (verb, option) of the server
  std::vector<ComPortAnswer> answers_;                           ///< since the last request
  std::array<bool, 2> offered_{};                                ///< by Signal
  std::uint32_t baud_ = 0;
  Instant wire_free_{};     ///< when the bytes written so far can have left, at the earliest
  bool suspended_ = false;  ///< the server asked for no more data
  bool lost_ = false;
  bool ready_ = false;  ///< set-up is over
};

}  // namespace plugrig::serial
