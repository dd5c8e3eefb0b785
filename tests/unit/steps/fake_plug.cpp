#include "tests/unit/steps/fake_plug.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace plugrig {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// Base detection of C: a leading zero is octal.
long firmware_number(const std::string& text) {
  if (text == "ON") return 1;
  if (text == "OFF") return 0;
  return std::strtol(text.c_str(), nullptr, 0);
}

bool is_text(const std::string& name) {
  static const std::set<std::string> texts{"ssid1",    "hostname", "topic",         "mqtthost",
                                           "mqttuser", "otaurl",   "friendlyname1", "devicename"};
  return texts.contains(name);
}

bool causes_restart(const std::string& name) {
  static const std::set<std::string> names{"ssid1",    "hostname", "topic",  "mqtthost",
                                           "mqttuser", "mqttport", "module", "setoption3"};
  return names.contains(name);
}

}  // namespace

void FakePlug::set_default_settings() {
  settings = {{"ssid1", ""},         {"module", "1"},          {"setoption65", "0"},
              {"setoption3", "1"},   {"voltres", "0"},         {"wattres", "0"},
              {"ampres", "3"},       {"poweronstate", "3"},    {"savedata", "1"},
              {"teleperiod", "300"}, {"timezone", "+01:00"},   {"topic", "tasmota"},
              {"mqttport", "1883"},  {"mqtthost", ""},         {"mqttuser", "DVES_USER"},
              {"wificonfig", "4"},   {"devicename", "Tasmota"}};
  running_template = json::object();
  web_password.clear();
  wifi_password.clear();
}

void FakePlug::print(Instant at, const std::string& text) { lines_.push_back({at, text}); }

void FakePlug::boot(Instant at, const std::string& settings_line) {
  if (settings.empty()) set_default_settings();
  booted_ = at;
  print(at + milliseconds{200}, "00:00:00.001 " + settings_line);
  print(at + milliseconds{300},
        "00:00:00.087 Project tasmota - Tasmota Version 15.2.0(release-tasmota)-2_7_8(2025)");
  const auto& ssid = settings["ssid1"];
  if (ssid.empty()) {
    print(at + seconds{1},
          "00:00:01.0 HTP: Web server active on tasmota-1 with IP address 192.168.4.1");
  } else if (!join_failure.empty()) {
    print(at + seconds{9}, "00:00:09.0 WIF: " + join_failure);
  } else if (ssid != ssid_on_air) {
    print(at + seconds{9}, "00:00:09.0 WIF: Connect failed as AP cannot be reached");
  } else if (wifi_password != wifi_password_on_air) {
    print(at + seconds{9}, "00:00:09.0 WIF: Connect failed");
  } else {
    print(at + seconds{4},
          "00:00:04.0 HTP: Web server active on tasmota-1 with IP address " + address);
  }
}

void FakePlug::schedule_restart() {
  if (restarts && !restart_at_) restart_at_ = clock_.now() + milliseconds{1500};
}

void FakePlug::catch_up() {
  if (!restart_at_ || *restart_at_ > clock_.now()) return;
  const auto at = *restart_at_;
  restart_at_.reset();
  ++restarts_seen;
  boot(at, "CFG: Loaded from flash at F9, Count 12");
}

json FakePlug::command(std::string_view name, std::string_view argument) {
  catch_up();
  // Who reads an answer has read what came before it.
  while (!lines_.empty() && lines_.front().at <= clock_.now()) lines_.pop_front();
  received.push_back(std::string(name) + (argument.empty() ? "" : " ") + std::string(argument));
  transcript += "> " + received.back() + "\n";
  if (lower(name) != "backlog") return execute(std::string(name), std::string(argument));
  auto rest = std::string(argument);
  while (!rest.empty()) {
    const auto end = rest.find(';');
    auto item = rest.substr(0, end);
    rest = end == std::string::npos ? "" : rest.substr(end + 1);
    item.erase(0, item.find_first_not_of(' '));
    const auto blank = item.find(' ');
    execute(item.substr(0, blank), blank == std::string::npos ? "" : item.substr(blank + 1));
  }
  return json::object();
}

json FakePlug::set_number(const std::string& name, const std::string& key,
                          const std::string& argument) {
  if (!argument.empty() && !deaf.contains(name))
    settings[name] = std::to_string(firmware_number(argument));
  const auto value = firmware_number(!argument.empty() ? argument : settings[name]);
  if (name.starts_with("setoption")) return {{key, value != 0 ? "ON" : "OFF"}};
  if (name == "module" || name == "wificonfig")
    return {{key, {{std::to_string(value), "as it is called"}}}};
  return {{key, value}};
}

json FakePlug::status(int number) const {
  switch (number) {
    case 2:
      return {{"StatusFWR", {{"Version", "15.2.0(release-tasmota)"}}}};
    case 5:
      return {{"StatusNET", {{"Mac", mac}, {"IPAddress", address}}}};
    case 9:
      if (!metering || settings.at("module") != "0" || running_template.empty())
        throw Fault("plug.command_error", Blame::unit, "Error.", "");
      return {{"StatusPTH", {{"PowerDelta", json::array({0, 0, 0})}}}};
    case 11:
      return {
          {"StatusSTS", {{"UptimeSec", std::chrono::duration_cast<seconds>(uptime()).count()}}}};
    default:
      return {{"Status", json::object()}};
  }
}

json FakePlug::execute(const std::string& name, const std::string& argument) {
  const auto key = lower(name);
  if (!argument.empty() && causes_restart(key)) schedule_restart();
  if (key == "status") return status(std::atoi(argument.c_str()));
  if (key == "power") {
    if (!argument.empty()) relay = argument == "ON" || relay_stuck_on;
    return {{"POWER", argument.empty() ? (relay ? "ON" : "OFF") : argument}};
  }
  if (key == "ledpower") return {{"LedPower1", argument == "1" ? "ON" : "OFF"}};
  if (key == "template") {
    if (!argument.empty() && !deaf.contains(key)) {
      const auto sent = json::parse(argument);
      if (settings["module"] == "0") schedule_restart();
      // Enough of the conversion for the plug of these tests.
      running_template = sent;
      if (sent["GPIO"].size() == 13)
        running_template["GPIO"] = {320, 1, 576, 1, 2656, 2720, 0, 0, 2624, 32, 0, 224, 0, 0};
    }
    auto shown = running_template;
    shown["ARCH"] = "ESP8266";
    return shown;
  }
  if (key == "password3") {
    if (!deaf.contains(key)) wifi_password = argument;
    schedule_restart();
    return {{"Password1", "****"}};
  }
  if (key == "webpassword2") {
    if (!deaf.contains(key)) web_password = argument;
    return {{"WebPassword", "****"}};
  }
  if (key == "mqttpassword2") {
    schedule_restart();
    return {{"MqttPassword", "****"}};
  }
  if (key.starts_with("energy") && key != "energyres") {
    if (!argument.empty() && !deaf.contains(key)) energy_kWh = 0;
    return {{"EnergyTotal", {{"Total", energy_kWh}, {"Yesterday", 0.0}, {"Today", energy_kWh}}}};
  }
  if (key == "reset") {
    settings.clear();
    booted_ = clock_.now() + seconds{3};
    lines_.clear();
    boot(booted_, "CFG: Use defaults");
    return {{"Reset", "Erase, Reset and Restarting"}};
  }
  if (!settings.contains(key))
    throw Fault("plug.unknown_command", Blame::unit, "Unknown command.", "");
  if (!is_text(key) && key != "timezone") return set_number(key, name, argument);
  if (!argument.empty() && !deaf.contains(key)) settings[key] = argument;
  return {{name, argument.empty() ? settings[key] : argument}};
}

std::optional<std::string> FakePlug::wait_line(const std::vector<std::string>& parts,
                                               const Deadline& limit) {
  while (true) {
    catch_up();
    if (lines_.empty() && restart_at_ && *restart_at_ <= limit.at) {
      clock_.sleep_until({*restart_at_, limit.stop});
      continue;
    }
    if (lines_.empty() || lines_.front().at > limit.at) {
      clock_.sleep_until(limit);
      return std::nullopt;
    }
    const auto line = lines_.front();
    lines_.pop_front();
    if (line.at > clock_.now()) clock_.sleep_until({line.at, limit.stop});
    transcript += "< " + line.text + "\n";
    const bool hit = std::any_of(parts.begin(), parts.end(), [&](const std::string& part) {
      return line.text.find(part) != std::string::npos;
    });
    if (hit) return line.text;
  }
}

json FakeConsole::command(std::string_view name, std::string_view argument,
                          const Deadline& deadline) {
  clock_.sleep_for(milliseconds{20}, deadline);
  return plug_.command(name, argument);
}

json FakeNetwork::Link::command(std::string_view name, std::string_view argument,
                                const Deadline& deadline) {
  clock_.sleep_for(milliseconds{50}, deadline);
  if (!plug_.web_password.empty() && password != plug_.web_password)
    throw Fault("plug.unauthorised", Blame::config, "The plug refuses the password.", "");
  return plug_.command(name, argument);
}

FoundPlug FakeNetwork::find(const PlugClues& clues, const std::string& web_password,
                            const Deadline& /*deadline*/) {
  asked = clues;
  password = web_password;
  link_.password = web_password;
  found_ = {.address = plug_.address,
            .mac = answering_mac.empty() ? plug_.mac : answering_mac,
            .host_name = "tasmota-1",
            .found_by = clues.address.empty() ? "host name" : "console"};
  return found_;
}

PlugLink& FakeNetwork::plug() {
  if (found_.address.empty())
    throw Fault("plug.not_joined", Blame::config, "No plug was found.", "Join first.");
  return link_;
}

void FakeMains::energise(const Deadline& deadline) {
  if (on) return;
  meter_.clock_.sleep_for(milliseconds{100}, deadline);
  on = true;
  ++times_on;
  on_since_ = meter_.clock_.now();
}

class FakeMains::Lease final : public ReferenceLease {
 public:
  explicit Lease(FakeMains& mains) : mains_(mains) { ++mains_.leases_; }
  ~Lease() override {
    if (--mains_.leases_ == 0) mains_.load_W = 0;
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

 private:
  FakeMains& mains_;
};

std::unique_ptr<ReferenceLease> FakeMains::lease_reference(const std::string& purpose,
                                                           const Deadline& /*deadline*/) {
  leased_for.push_back(purpose);
  return std::make_unique<Lease>(*this);
}

void FakeMains::require_lease() const {
  if (leases_ > 0) return;
  throw Fault("safety.no_lease", Blame::software, "A load or reading outside the step's turn.",
              "Report this.");
}

LoadSetting FakeMains::load(double watts, const Deadline& deadline) {
  require_lease();
  meter_.clock_.sleep_for(milliseconds{50}, deadline);
  load_W = watts;
  return {.elements = {0}, .nominal_W = watts, .nominal_A = watts / 230, .at_V = 230};
}

void FakeMains::de_energise(const Deadline& deadline) {
  if (on) on_times.push_back(meter_.clock_.now() - on_since_);
  meter_.clock_.sleep_for(milliseconds{300}, deadline);
  on = false;
  load_W = 0;
}

PowerReading FakeMains::Meter::read(const Deadline& deadline) {
  mains_.require_lease();
  clock_.sleep_for(milliseconds{30}, deadline);
  PowerReading reading;
  reading.at = clock_.now();
  reading.voltage_V = mains_.on ? mains_.mains_V : 0;
  const double ratio = mains_.mains_V / 230;
  const double watts = mains_.on ? 1 + (plug_.relay ? mains_.load_W * ratio * ratio : 0) : 0;
  if (mains_.measures_power) reading.power_W = watts;
  reading.current_A = mains_.on ? watts / mains_.mains_V : 0;
  return reading;
}

}  // namespace plugrig
