#include "tests/unit/twin_plug/plug_host.hpp"

#include <algorithm>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace plugrig::twin::test {

const std::string kEp2Template =
    R"({"NAME":"Gosund EP2","GPIO":[56,255,158,255,132,134,0,0,131,17,0,21,0],"FLAG":0,"BASE":45})";

void SteadyBoard::see(Duration now) {
  if (now < now_) throw std::logic_error("time at the board went back");
  now_ = now;
}

void SteadyBoard::set_relay(bool closed, Duration now) {
  see(now);
  if (closed != relay) relay_history.push_back(closed);
  relay = closed;
}

void SteadyBoard::set_sel(bool high, Duration now) {
  see(now);
  sel_ = high;
}

void SteadyBoard::set_led(int number, bool lit, Duration now) {
  see(now);
  leds[number] = lit;
}

bool SteadyBoard::button_pressed(Duration now) {
  see(now);
  return pressed;
}

namespace {

void add_edges(Duration period, Duration from, Duration to, std::size_t most,
               std::vector<Duration>& edges) {
  if (period <= Duration::zero()) return;
  for (auto n = from / period + 1; n * period <= to && most > 0; ++n, --most) {
    edges.push_back(n * period);
  }
}

}  // namespace

void SteadyBoard::power_edges(Duration from, Duration to, std::vector<Duration>& edges) {
  see(to);
  if (relay) add_edges(power_period, from, to, 1'000'000, edges);
}

void SteadyBoard::cf1_edges(Duration from, Duration to, std::size_t most,
                            std::vector<Duration>& edges) {
  see(to);
  if (sel_) {
    add_edges(voltage_period, from, to, most, edges);
  } else if (relay) {
    add_edges(current_period, from, to, most, edges);
  }
}

AccessPoint::Answer OneNetwork::join(const std::string& /*mac*/, const std::string& ssid_given,
                                     const std::string& password_given, Duration /*now*/) {
  ++joins;
  if (ssid_given != ssid) return Answer::no_such_network;
  if (password_given != password) return Answer::wrong_password;
  return refuses ? Answer::refused : Answer::joined;
}

std::string OneNetwork::address_of(const std::string& /*mac*/) const { return address; }

bool OneNetwork::up(const std::string& /*mac*/, Duration /*now*/) { return alive; }

TwinSlotOptions plug_options(std::uint64_t seed) {
  TwinSlotOptions options;
  options.wiring.circuit = bench::Circuit::power_switched;
  options.seed = seed;
  return options;
}

Bytes flashed(const std::string& version, const std::string& defects) {
  Bytes flash = make_image({.version = version, .defects = defects, .size_bytes = kSmallImage});
  flash.resize(0x100000, 0xFF);
  return flash;
}

PlugHost::PlugHost(const TwinSlotOptions& options, const std::string& defects) : slot(options) {
  slot.load_flash(0, flashed("15.2.0", defects));
  slot.connect(&board, &network);
}

std::string PlugHost::take_text() {
  while (const auto wire = slot.take()) {
    if (const auto value = TwinSlot::as_received(*wire, 115200)) {
      text_.push_back(static_cast<char>(*value));
    }
  }
  return std::exchange(text_, {});
}

void PlugHost::pass(Duration time) { slot.advance(slot.now() + time); }

void PlugHost::send(const std::string& line) {
  for (const char c : line + "\n") slot.send(static_cast<std::uint8_t>(c), 115200);
}

std::string PlugHost::ask(const std::string& line, Duration time) {
  take_text();
  send(line);
  // The line itself takes its time on the wire.
  pass(time + 87us * static_cast<int>(line.size()));
  return take_text();
}

std::string PlugHost::result(const std::string& line, Duration time) {
  const std::string text = ask(line, time);
  const auto at = text.find("RESULT = ");
  if (at == std::string::npos) return {};
  return text.substr(at + 9, text.find("\r\n", at) - at - 9);
}

void PlugHost::power_cycle(Duration off) {
  slot.set_lines(false, true);
  pass(off);
  take_text();
  slot.set_lines(false, false);
}

void PlugHost::reset_pin() {
  slot.set_lines(false, true);
  pass(20ms);
  take_text();
  slot.set_lines(false, false);
}

std::optional<PlugHttpReply> PlugHost::request(const PlugHttpRequest& request) {
  const std::uint64_t number = slot.http_begin(request);
  if (number == 0) return std::nullopt;
  for (int i = 0; i < 500; ++i) {
    pass(10ms);
    if (auto reply = slot.http_take(number)) return reply;
  }
  return std::nullopt;
}

std::optional<PlugHttpReply> PlugHost::get(const std::string& target,
                                           const std::string& authorization) {
  PlugHttpRequest wanted = request_for(target);
  wanted.authorization = authorization;
  return request(wanted);
}

PlugHttpRequest request_for(const std::string& target) {
  PlugHttpRequest wanted;
  wanted.target = target;
  return wanted;
}

std::vector<std::string> messages(const std::string& text) {
  static const std::regex line_shape(R"(\d\d:\d\d:\d\d\.\d\d\d(-\d+)? (?:[A-Z]{3}: )?(.*))");
  std::vector<std::string> result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    std::smatch match;
    if (std::regex_match(line, match, line_shape)) result.push_back(match[2]);
  }
  return result;
}

bool well_framed(const std::string& text) {
  static const std::regex shape(
      "(?:\\d\\d:\\d\\d:\\d\\d\\.\\d\\d\\d(?:-\\d\\d\\d)? (?:[A-Z]{3}: |Project "
      ")[\\x20-\\x7e]*\r\n)*");
  return std::regex_match(text, shape);
}

}  // namespace plugrig::twin::test
