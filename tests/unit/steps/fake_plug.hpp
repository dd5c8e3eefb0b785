#pragma once

#include <deque>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "drivers/api/operator.hpp"
#include "drivers/api/plug_link.hpp"
#include "rig/core/fault.hpp"
#include "rig/engine/mains_access.hpp"

namespace plugrig {

/// A plug whose firmware behaves as far as the steps can see: settings with the firmware's number
/// rules, restarts a while after the commands that cause them, a Wi-Fi that it joins or not, a web
/// password, a relay.
class FakePlug {
 public:
  explicit FakePlug(Clock& clock) : clock_(clock) { boot(clock.now(), "CFG: Use defaults"); }

  // What it is and does wrong.
  std::string mac = "A4:CF:12:00:00:01";
  std::string ssid_on_air = "bench", wifi_password_on_air = "correct horse", address = "10.0.0.7";
  std::string join_failure;           ///< printed instead of a join, when not empty
  std::set<std::string> deaf;         ///< lower-case names: answered as if taken, and not taken
  bool restarts = true;               ///< false: commands that should restart it do not
  bool metering = true;               ///< a metering driver that can run
  bool web_password_ignored = false;  ///< answers without it
  bool relay_stuck_on = false;

  // What it is now.
  std::map<std::string, std::string> settings;  ///< by lower-case name
  nlohmann::json running_template;
  std::string web_password, wifi_password;
  bool relay = true;
  double energy_kWh = 0.123;
  int restarts_seen = 0;
  std::vector<std::string> received;  ///< every command, in order
  std::string transcript;

  nlohmann::json command(std::string_view name, std::string_view argument);
  /// The next console line that came by `limit` and contains one of `parts`; moves the time on.
  std::optional<std::string> wait_line(const std::vector<std::string>& parts,
                                       const Deadline& limit);
  /// Power-on or restart at `at`.
  void boot(Instant at, const std::string& settings_line);
  void set_default_settings();
  [[nodiscard]] Duration uptime() const { return clock_.now() - booted_; }

 private:
  struct Line {
    Instant at;
    std::string text;
  };
  nlohmann::json execute(const std::string& name, const std::string& argument);
  nlohmann::json set_number(const std::string& name, const std::string& key,
                            const std::string& argument);
  nlohmann::json status(int number) const;
  void schedule_restart();
  void catch_up();
  void print(Instant at, const std::string& text);

  Clock& clock_;
  Instant booted_{};
  std::optional<Instant> restart_at_;
  std::deque<Line> lines_;
};

class FakeConsole final : public PlugConsole {
 public:
  FakeConsole(FakePlug& plug, Clock& clock) : plug_(plug), clock_(clock) {}
  bool restarted = false;

  nlohmann::json command(std::string_view name, std::string_view argument,
                         const Deadline& deadline) override;
  [[nodiscard]] std::string_view transport() const override { return "serial"; }
  [[nodiscard]] std::string transcript() const override { return plug_.transcript; }
  std::optional<std::string> wait_line(const std::vector<std::string>& parts,
                                       const Deadline& deadline) override {
    return plug_.wait_line(parts, deadline);
  }
  void restart() override { restarted = true; }

 private:
  FakePlug& plug_;
  Clock& clock_;
};

class FakeNetwork final : public PlugNetwork {
 public:
  FakeNetwork(FakePlug& plug, Clock& clock) : link_(plug, clock), plug_(plug) {}
  PlugClues asked;
  std::string password;
  std::string answering_mac;  ///< when another plug answers at the address

  FoundPlug find(const PlugClues& clues, const std::string& web_password,
                 const Deadline& deadline) override;
  PlugLink& plug() override;
  [[nodiscard]] const FoundPlug& found() const override { return found_; }
  int status_without_password(const Deadline& /*deadline*/) override {
    return plug_.web_password.empty() || plug_.web_password_ignored ? 200 : 401;
  }

 private:
  class Link final : public PlugLink {
   public:
    Link(FakePlug& plug, Clock& clock) : plug_(plug), clock_(clock) {}
    std::string password;
    nlohmann::json command(std::string_view name, std::string_view argument,
                           const Deadline& deadline) override;
    [[nodiscard]] std::string_view transport() const override { return "http"; }
    [[nodiscard]] std::string transcript() const override { return {}; }

   private:
    FakePlug& plug_;
    Clock& clock_;
  };

  Link link_;
  FakePlug& plug_;
  FoundPlug found_;
};

class FakeOperator final : public Operator {
 public:
  double answer = 0;
  bool agrees = true;
  std::vector<OperatorPrompt> asked;

  void confirm(const OperatorPrompt& prompt, const Deadline& /*deadline*/) override {
    asked.push_back(prompt);
    if (!agrees)
      throw Fault("operator.refused", Blame::operator_, "The person said no.", "Ask why.");
  }
  double value(const OperatorPrompt& prompt, const Deadline& /*deadline*/) override {
    asked.push_back(prompt);
    return answer;
  }
};

/// Mains with one load behind the plug's relay, and a meter that sees both.
class FakeMains final : public MainsAccess {
 public:
  FakeMains(FakePlug& plug, Clock& clock) : meter_(*this, plug, clock) {}
  bool on = false;
  double load_W = 0;
  double mains_V = 225;  ///< not nominal: what the meter shows follows it
  bool measures_power = true;
  int times_on = 0;
  std::vector<Duration> on_times;

  void energise(const Deadline& deadline) override;
  LoadSetting load(double watts, const Deadline& deadline) override;
  void de_energise(const Deadline& deadline) override;
  [[nodiscard]] bool energised() const override { return on; }
  [[nodiscard]] double nominal_V() const override { return 230; }
  /// Loads and readings outside a lease are refused.
  [[nodiscard]] std::unique_ptr<ReferenceLease> lease_reference(const std::string& purpose,
                                                                const Deadline& deadline) override;
  [[nodiscard]] PowerMeter& reference() override { return meter_; }
  [[nodiscard]] std::vector<PowerMeter*> other_references() override { return {}; }
  std::vector<std::string> leased_for;  ///< purposes, in order
  [[nodiscard]] bool attended() const override { return false; }

 private:
  class Meter final : public PowerMeter {
   public:
    Meter(FakeMains& mains, FakePlug& plug, Clock& clock)
        : mains_(mains), plug_(plug), clock_(clock) {
      info_.name = "reference";
      info_.refresh = std::chrono::milliseconds{250};
    }
    [[nodiscard]] const MeterInfo& info() const override { return info_; }
    PowerReading read(const Deadline& deadline) override;
    [[nodiscard]] MeterRange range_at(double /*voltage_V*/, double /*current_A*/) const override {
      return {.voltage_V = 300, .current_A = 20};
    }

   private:
    friend class FakeMains;
    FakeMains& mains_;
    FakePlug& plug_;
    Clock& clock_;
    MeterInfo info_;
  };

  class Lease;
  void require_lease() const;

  Meter meter_;
  Instant on_since_{};
  int leases_ = 0;
};

}  // namespace plugrig
