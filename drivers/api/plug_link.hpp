#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rig/core/clock.hpp"

namespace plugrig {

/// Commands to one plug's firmware, over serial console or network alike. Blocking; one thread at a
/// time.
///
/// `command` sends NAME ARGUMENT (empty argument = query) and returns the members of the answer
/// that belong to it, whatever else the plug says at that moment: {"VoltageCal":1950}. A Backlog
/// gives {}. An answer is no proof: callers read back.
/// Faults: `plug.silent` (contact), `plug.unknown_command`, `plug.command_error` (unit),
/// `plug.unauthorised` (config), `plug.garbled` (contact).
class PlugLink {
 public:
  virtual ~PlugLink() = default;
  virtual nlohmann::json command(std::string_view name, std::string_view argument,
                                 const Deadline& deadline) = 0;
  /// "serial" or "http".
  [[nodiscard]] virtual std::string_view transport() const = 0;
  /// Everything that went over the link so far, for evidence; secrets are still in it.
  [[nodiscard]] virtual std::string transcript() const = 0;
};

/// The serial console, which also shows what nobody asked for.
class PlugConsole : public PlugLink {
 public:
  /// Reads on until a line contains one of `parts` (case matters) or the deadline passes. Returns
  /// the first such line; lines before it are kept in `transcript`.
  virtual std::optional<std::string> wait_line(const std::vector<std::string>& parts,
                                               const Deadline& deadline) = 0;
  /// Forgets a half-read line and what the receiver holds (after a reset).
  virtual void restart() = 0;
};

/// A plug that was found on the network.
struct FoundPlug {
  std::string address;
  std::string mac;
  std::string host_name;
  std::string found_by;  ///< "console", "host name", "neighbour table"
};

/// What is known of a plug before it is looked for.
struct PlugClues {
  std::string mac;        ///< must be the answering plug's
  std::string address;    ///< seen on the console, or empty
  std::string host_name;  ///< predicted, or empty
};

/// Finds the plug of one slot on the network and talks to it. Used by the slot's thread.
class PlugNetwork {
 public:
  virtual ~PlugNetwork() = default;
  /// Tries the clues in order until the plug with the MAC answers or the deadline passes. Fault
  /// `plug.not_found` (unit), `plug.wrong_mac` (fixture) when only another plug answered.
  /// `web_password`: empty = none.
  virtual FoundPlug find(const PlugClues& clues, const std::string& web_password,
                         const Deadline& deadline) = 0;
  /// The plug that `find` found last, with the password given there. Fault `plug.not_joined`
  /// (config) before that.
  virtual PlugLink& plug() = 0;
  [[nodiscard]] virtual const FoundPlug& found() const = 0;
  /// Status that the found plug answers to a harmless command without credentials: 401 when a web
  /// password is set and enforced, 200 when not. Proves a password by its effect.
  virtual int status_without_password(const Deadline& deadline) = 0;
};

}  // namespace plugrig
