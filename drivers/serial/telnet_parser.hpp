#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace plugrig::serial {

/// Telnet bytes with a meaning (RFC 854, RFC 855, RFC 856).
namespace telnet {
inline constexpr std::uint8_t se = 240;
inline constexpr std::uint8_t sb = 250;
inline constexpr std::uint8_t will = 251;
inline constexpr std::uint8_t wont = 252;
inline constexpr std::uint8_t do_ = 253;
inline constexpr std::uint8_t dont = 254;
inline constexpr std::uint8_t iac = 255;

inline constexpr std::uint8_t option_binary = 0;
inline constexpr std::uint8_t option_suppress_go_ahead = 3;
inline constexpr std::uint8_t option_com_port = 44;
}  // namespace telnet

/// Takes what a TelnetParser finds, in the order of the stream.
class TelnetSink {
 public:
  virtual ~TelnetSink() = default;
  /// Bytes of the line itself, escapes undone. Never empty.
  virtual void on_data(std::span<const std::uint8_t> bytes) = 0;
  /// WILL, WONT, DO or DONT.
  virtual void on_negotiation(std::uint8_t verb, std::uint8_t option) = 0;
  /// What stood between IAC SB and IAC SE, escapes undone; first the option. Never empty.
  virtual void on_subnegotiation(std::span<const std::uint8_t> bytes) = 0;
};

/// Splits a telnet stream, piece by piece as it comes from a socket. Anything may come: commands
/// without meaning here are dropped, an unfinished or overlong subnegotiation is dropped as a
/// whole, and the stream goes on after it.
class TelnetParser {
 public:
  /// Longer subnegotiations are dropped; the longest of RFC 2217 that matters here has 6 bytes, but
  /// a server may send its signature (a text).
  static constexpr std::size_t max_subnegotiation = 1024;

  void feed(std::span<const std::uint8_t> bytes, TelnetSink& sink);

 private:
  enum class State : std::uint8_t { data, command, option, sub, sub_command };

  void step(std::uint8_t byte, TelnetSink& sink);
  void command(std::uint8_t byte, TelnetSink& sink);
  void sub_command(std::uint8_t byte, TelnetSink& sink);
  void add_sub(std::uint8_t byte);

  State state_ = State::data;
  std::uint8_t verb_ = 0;
  bool too_long_ = false;
  std::vector<std::uint8_t> sub_;
  std::vector<std::uint8_t> data_;
};

/// Appends `bytes` to `out` with every IAC doubled.
void append_escaped(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> bytes);

}  // namespace plugrig::serial
