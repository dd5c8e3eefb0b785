#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "tests/unit/steps/fake_plug.hpp"

namespace plugrig {

/// A fake plug's console that can answer something else, or let something happen meanwhile.
class OddConsole final : public PlugConsole {
 public:
  OddConsole(FakePlug& plug, Clock& clock) : plug_(plug), console_(plug, clock) {}

  /// Answers in place of the plug where it returns something; may throw.
  std::function<std::optional<nlohmann::json>(const std::string& command)> instead;
  /// Happens once, when the console is listened to after the plug took a wrong password.
  std::function<void()> meanwhile;
  int not_before = 1;  ///< the how-manieth time that is
  int commands = 0;

  nlohmann::json command(std::string_view name, std::string_view argument,
                         const Deadline& deadline) override {
    ++commands;
    const auto line = std::string(name) + (argument.empty() ? "" : " ") + std::string(argument);
    if (instead)
      if (auto given = instead(line)) return *std::move(given);
    return console_.command(name, argument, deadline);
  }
  [[nodiscard]] std::string_view transport() const override { return "serial"; }
  [[nodiscard]] std::string transcript() const override { return plug_.transcript; }
  std::optional<std::string> wait_line(const std::vector<std::string>& parts,
                                       const Deadline& deadline) override {
    if (meanwhile && plug_.wifi_password != plug_.wifi_password_on_air && --not_before <= 0)
      std::exchange(meanwhile, {})();
    return console_.wait_line(parts, deadline);
  }
  void restart() override { console_.restart(); }

 private:
  FakePlug& plug_;
  FakeConsole console_;
};

}  // namespace plugrig
