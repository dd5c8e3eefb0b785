#include "tests/hobby/twin_person.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace plugrig {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kThinks = seconds{5};
constexpr double kLit_W = 20;

}  // namespace

void TwinPerson::sit_down(Clock& clock, twin::TwinBench& bench, std::string slot) {
  clock_ = &clock;
  bench_ = &bench;
  slot_ = std::move(slot);
  const auto does = [this](auto action) {
    return [this, action] {
      action(*bench_);
      return std::string("yes");
    };
  };
  habits_ = {
      {"Connect the adapter's wires", does([](twin::TwinBench&) {})},
      {"Unplug the unit", does([this](twin::TwinBench& twin) { twin.plug_in(slot_, false); })},
      {"earth pin", [] { return std::string("0.1"); }},
      {"Take all wires", does([this](twin::TwinBench& twin) { twin.take_wires_off(slot_); })},
      {"Close the case", does([this](twin::TwinBench& twin) { twin.set_guard(slot_, true); })},
      {"Plug the unit into mains",
       does([this](twin::TwinBench& twin) { twin.plug_in(slot_, true); })},
      {"Connect the 60 W bulb", does([](twin::TwinBench& twin) { twin.connect_load(60); })},
      {"How often did the load go on", [this] { return count_flashes(); }},
      {"Read the voltage",
       [this] { return fmt::format("{:.1f} V", seen().voltage_V * (1 + voltage_error)); }},
      {"Read the current",
       [this] {
         const auto truth = seen();
         truths_W_.push_back(truth.power_W);
         return fmt::format("{:.3f}", truth.current_A * (1 + current_error));
       }},
      {"Is the unit unplugged",
       [this] { return std::string(bench_->truth(slot_).live ? "no" : "yes"); }},
      {"nothing is plugged in",
       does([this](twin::TwinBench& twin) { twin.plug_in(slot_, false); })},
  };
  operator_ = std::make_unique<person::PromptOperator>(
      clock,
      person::PromptIo{.show = [this](const std::string& text) { shown_ = text; },
                       .read_line = [this](const Deadline& deadline) -> std::optional<std::string> {
                         clock_->sleep_for(kThinks, deadline);
                         bench_->advance(clock_->now().time_since_epoch());
                         return answer(shown_);
                       }});
}

std::string TwinPerson::answer(const std::string& shown) {
  auto slipped = slip(shown);
  std::string typed = slipped ? std::move(*slipped) : habit(shown);
  exchanges_.push_back({shown, typed});
  answered_ = clock_->now().time_since_epoch();
  return typed;
}

std::optional<std::string> TwinPerson::slip(const std::string& shown) {
  for (auto& [part, texts] : slips) {
    if (shown.find(part) == std::string::npos || texts.empty()) continue;
    std::string typed = texts.front();
    texts.pop_front();
    return typed;
  }
  return std::nullopt;
}

std::string TwinPerson::habit(const std::string& shown) const {
  const auto known = std::find_if(habits_.begin(), habits_.end(), [&](const Habit& each) {
    return shown.find(each.part) != std::string::npos;
  });
  return known == habits_.end() ? "what do you want from me" : known->answer();
}

twin::SlotTruth TwinPerson::seen() const {
  const Duration now = clock_->now().time_since_epoch();
  return bench_->mean_truth(slot_, now - seconds{1}, now);
}

std::string TwinPerson::count_flashes() const {
  constexpr Duration blink = milliseconds{250};
  int flashes = 0;
  bool lit = true;  // it may shine when the person begins to look
  const Duration now = clock_->now().time_since_epoch();
  for (Duration at = std::max(answered_, now - std::chrono::minutes{1}); at + blink <= now;
       at += blink) {
    const bool now_lit = bench_->mean_truth(slot_, at, at + blink).power_W > kLit_W;
    if (now_lit && !lit) ++flashes;
    lit = now_lit;
  }
  return std::to_string(flashes);
}

int TwinPerson::asked(const std::string& part) const {
  return static_cast<int>(std::count_if(
      exchanges_.begin(), exchanges_.end(),
      [&](const Exchange& exchange) { return exchange.shown.find(part) != std::string::npos; }));
}

}  // namespace plugrig
