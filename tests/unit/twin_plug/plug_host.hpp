#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "fixtures/twin/image_maker.hpp"
#include "fixtures/twin/tasmota/settings.hpp"
#include "fixtures/twin/twin_slot.hpp"

namespace plugrig::twin::test {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

/// A board whose metering chip gives steady pulses, as asked for.
class SteadyBoard final : public PlugBoard {
 public:
  Duration power_period{};    ///< of CF while the relay is closed; 0 = no pulses
  Duration voltage_period{};  ///< of CF1 while SEL is high
  Duration current_period{};  ///< of CF1 while SEL is low
  bool pressed = false;

  bool relay = false;
  std::map<int, bool> leds;
  std::vector<bool> relay_history;

  void set_relay(bool closed, Duration now) override;
  void set_sel(bool high, Duration now) override;
  void set_led(int number, bool lit, Duration now) override;
  bool button_pressed(Duration now) override;
  void power_edges(Duration from, Duration to, std::vector<Duration>& edges) override;
  void cf1_edges(Duration from, Duration to, std::size_t most,
                 std::vector<Duration>& edges) override;

 private:
  void see(Duration now);
  bool sel_ = false;
  Duration now_{};
};

/// An access point with one network.
class OneNetwork final : public AccessPoint {
 public:
  std::string ssid = "bench", password = "correct horse";
  std::string address = "192.168.7.31";
  bool alive = true;
  bool refuses = false;
  int joins = 0;

  Answer join(const std::string& mac, const std::string& ssid_given,
              const std::string& password_given, Duration now) override;
  std::string address_of(const std::string& mac) const override;
  bool up(const std::string& mac, Duration now) override;
};

TwinSlotOptions plug_options(std::uint64_t seed = 1);
/// Firmware at 0, everything behind it erased.
Bytes flashed(const std::string& version = "15.2.0", const std::string& defects = "");

/// A plug in a jig with a console at 115200, in twin time.
class PlugHost {
 public:
  explicit PlugHost(const TwinSlotOptions& options = plug_options(),
                    const std::string& defects = "");

  SteadyBoard board;
  OneNetwork network;
  TwinSlot slot;

  /// Everything the console said so far since the last call.
  std::string take_text();
  /// Lets time pass; what is said stays to be taken.
  void pass(Duration time);
  /// Sends one line with LF.
  void send(const std::string& line);
  /// Sends a line; what the console says within `time`.
  std::string ask(const std::string& line, Duration time = 300ms);
  /// The payload of the first result after the echo of `line`.
  std::string result(const std::string& line, Duration time = 300ms);
  /// The supply goes and comes back.
  void power_cycle(Duration off = 500ms);
  /// Reset contact low for a moment.
  void reset_pin();

  /// A web request that is waited for; empty when nobody listens or answers in 5 s.
  std::optional<PlugHttpReply> get(const std::string& target,
                                   const std::string& authorization = "");
  std::optional<PlugHttpReply> request(const PlugHttpRequest& request);

 private:
  std::string text_;
};

/// A GET for that target.
PlugHttpRequest request_for(const std::string& target);

/// "RESULT = {…}" lines and others: the text behind the tag of each line.
std::vector<std::string> messages(const std::string& text);
/// The stamps' shape is right and every line ends with CR LF; the part before the first CR LF of
/// the start (garbage) is left out.
bool well_framed(const std::string& text);

extern const std::string kEp2Template;

}  // namespace plugrig::twin::test
