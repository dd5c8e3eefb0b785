#pragma once

#include <cmath>
#include <functional>
#include <optional>

#include "tests/unit/steps/fake_plug.hpp"

namespace plugrig {

/// The way to a fake plug that can be late, silent, forgetful or restart by itself.
class OddNetwork final : public PlugNetwork {
 public:
  OddNetwork(FakePlug& plug, FakeMains& mains, Clock& clock)
      : plug_(plug), mains_(mains), clock_(clock), link_(*this) {}

  Duration latency = std::chrono::milliseconds{50};
  Duration replies_after = std::chrono::seconds{4};  ///< from mains on or restart: any HTTP reply
  Duration answers_after = std::chrono::seconds{4};  ///< the same, to a command that is answered
  bool restarts = true;                              ///< false: takes `Restart 1` and does nothing
  std::function<void()> on_restart;                  ///< what it forgets meanwhile
  std::string address_after;  ///< where it is after a restart, when elsewhere
  /// Answers in place of the plug where it returns something.
  std::function<std::optional<nlohmann::json>(const std::string& command)> instead;
  double energy_gain = 1;  ///< of the counter
  int commands = 0;
  bool away = false;                 ///< there is no network at all
  std::optional<Instant> back_from;  ///< nor before this

  FoundPlug find(const PlugClues& clues, const std::string& /*web_password*/,
                 const Deadline& deadline) override {
    const auto address = moved_ ? address_after : plug_.address;
    if (starting(answers_after) || lost()) clock_.sleep_until(deadline);
    if (starting(answers_after) || lost())
      throw Fault("plug.not_found", Blame::unit, "It did not show up.", "Look.");
    found_ = {.address = address, .mac = clues.mac, .host_name = "tasmota-1", .found_by = "x"};
    return found_;
  }
  PlugLink& plug() override { return link_; }
  [[nodiscard]] const FoundPlug& found() const override { return found_; }
  int status_without_password(const Deadline& deadline) override {
    answer_or_silence(replies_after, deadline);
    return 200;
  }
  /// It starts now, as after a power-on.
  void start_over() {
    times_on_ = mains_.times_on;
    started_ = clock_.now();
  }

 private:
  class Link final : public PlugLink {
   public:
    explicit Link(OddNetwork& network) : network_(network) {}
    nlohmann::json command(std::string_view name, std::string_view argument,
                           const Deadline& deadline) override {
      return network_.command(std::string(name), std::string(argument), deadline);
    }
    [[nodiscard]] std::string_view transport() const override { return "http"; }
    [[nodiscard]] std::string transcript() const override { return {}; }

   private:
    OddNetwork& network_;
  };

  nlohmann::json command(const std::string& name, const std::string& argument,
                         const Deadline& deadline) {
    answer_or_silence(answers_after, deadline);
    ++commands;
    const auto line = name + (argument.empty() ? "" : " " + argument);
    if (instead)
      if (const auto given = instead(line)) return *given;
    if (line == "Restart 1") return restart();
    if (line == "Status 10")
      return {{"StatusSNS", {{"ENERGY", {{"Total", counted_kWh()}, {"Voltage", 230}}}}}};
    return plug_.command(name, argument);
  }

  nlohmann::json restart() {
    if (restarts) {
      started_ = clock_.now() + std::chrono::milliseconds{1500};
      if (on_restart) on_restart();
      moved_ = !address_after.empty();
      plug_.boot(*started_, "CFG: Loaded from flash at F9, Count 12");
    }
    return {{"Restart", "Restarting"}};
  }

  [[nodiscard]] bool silent(Duration after) {
    const bool begins = starting(after);
    return begins || moved_ || !mains_.on || lost();
  }
  [[nodiscard]] bool lost() const { return away || (back_from && clock_.now() < *back_from); }

  [[nodiscard]] bool starting(Duration after) {
    if (mains_.times_on != times_on_) start_over();
    return started_ && clock_.now() >= *started_ - std::chrono::milliseconds{1} &&
           clock_.now() < *started_ + after;
  }

  void answer_or_silence(Duration after, const Deadline& deadline) {
    constexpr auto gives_up = std::chrono::seconds{4};
    if (silent(after)) {
      clock_.sleep_for(gives_up, deadline);
      throw Fault("plug.silent", Blame::contact, "No answer.", "Look.");
    }
    clock_.sleep_for(latency, deadline);
  }

  /// Its own work, counted once a second and shown in steps of 0.01 Wh.
  double counted_kWh() {
    const auto now_s = std::floor(std::chrono::duration<double>(clock_.now().time_since_epoch()) /
                                  std::chrono::seconds{1});
    const double ratio = mains_.mains_V / 230;
    const double power_W = plug_.relay ? mains_.load_W * ratio * ratio : 0;
    if (counted_s_) energy_Wh_ += energy_gain * power_W * (now_s - *counted_s_) / 3600;
    counted_s_ = now_s;
    return std::floor(energy_Wh_ * 100) / 1e5;
  }

  FakePlug& plug_;
  FakeMains& mains_;
  Clock& clock_;
  Link link_;
  FoundPlug found_;
  std::optional<Instant> started_;
  int times_on_ = 0;
  bool moved_ = false;
  std::optional<double> counted_s_;
  double energy_Wh_ = 123;
};

}  // namespace plugrig
