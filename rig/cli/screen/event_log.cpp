#include "rig/cli/screen/event_log.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <istream>
#include <map>
#include <nlohmann/json.hpp>

namespace plugrig::cli {
namespace {

using Json = nlohmann::json;

/// Fields of one event. What is missing is what the event has by default.
class Fields {
 public:
  explicit Fields(const Json& json) : json_(json) {}

  [[nodiscard]] std::string text(const char* name) const { return json_.value(name, ""); }
  [[nodiscard]] bool flag(const char* name) const { return json_.value(name, false); }
  [[nodiscard]] int number(const char* name, int otherwise = 0) const {
    return json_.value(name, otherwise);
  }
  [[nodiscard]] std::uint32_t count(const char* name) const {
    return json_.value(name, std::uint32_t{0});
  }
  [[nodiscard]] std::optional<double> value(const char* name) const {
    const auto found = json_.find(name);
    if (found == json_.end() || found->is_null()) return std::nullopt;
    return found->get<double>();
  }
  [[nodiscard]] Duration seconds(const char* name) const {
    constexpr double longest_s = 1e9;
    const double s = value(name).value_or(0);
    if (!(std::abs(s) < longest_s)) return {};
    return std::chrono::round<Duration>(std::chrono::duration<double>(s));
  }
  [[nodiscard]] std::vector<std::string> texts(const char* name) const {
    return json_.value(name, std::vector<std::string>{});
  }
  [[nodiscard]] Verdict verdict() const {
    static constexpr std::array all{Verdict::not_run, Verdict::pass,    Verdict::inconclusive,
                                    Verdict::fail,    Verdict::aborted, Verdict::error};
    const auto word = text("verdict");
    for (const auto verdict : all)
      if (to_string(verdict) == word) return verdict;
    throw std::invalid_argument("no verdict '" + word + "'");
  }

 private:
  const Json& json_;
};

using Reader = event::Body (*)(const Fields&);

/// One reader a kind of event, by its name in the log.
const std::map<std::string, Reader, std::less<>>& readers() {
  static const std::map<std::string, Reader, std::less<>> all{
      {"run_started",
       [](const Fields& f) -> event::Body {
         return event::RunStarted{f.text("run_id"),   f.text("sequence"), f.text("bench"),
                                  f.text("software"), f.texts("slots"),   f.number("units")};
       }},
      {"slot_started",
       [](const Fields& f) -> event::Body { return event::SlotStarted{f.text("unit_id")}; }},
      {"slot_waits",
       [](const Fields& f) -> event::Body { return event::SlotWaits{f.text("next")}; }},
      {"stage_started",
       [](const Fields& f) -> event::Body { return event::StageStarted{f.text("stage")}; }},
      {"step_started",
       [](const Fields& f) -> event::Body {
         return event::StepStarted{f.text("step"), f.number("attempt", 1), f.number("attempts", 1)};
       }},
      {"step_progress",
       [](const Fields& f) -> event::Body {
         return event::StepProgress{f.text("step"),  f.text("phase"),  f.count("address"),
                                    f.count("done"), f.count("total"), f.text("unit")};
       }},
      {"step_said",
       [](const Fields& f) -> event::Body {
         return event::StepSaid{f.text("step"), f.text("text")};
       }},
      {"unit_fact",
       [](const Fields& f) -> event::Body {
         return event::UnitFact{f.text("name"), f.text("value")};
       }},
      {"measured",
       [](const Fields& f) -> event::Body {
         return event::Measured{f.text("id"),       f.value("value").value_or(std::nan("")),
                                f.text("unit"),     f.verdict(),
                                f.value("low"),     f.value("high"),
                                f.text("condition")};
       }},
      {"step_ended",
       [](const Fields& f) -> event::Body {
         return event::StepEnded{f.text("step"),       f.number("attempt", 1), f.verdict(),
                                 f.flag("will_retry"), f.text("fault_id"),     f.text("blame"),
                                 f.text("happened"),   f.text("next"),         f.seconds("took_s")};
       }},
      {"unit_ended",
       [](const Fields& f) -> event::Body {
         return event::UnitEnded{f.text("unit_id"),  f.verdict(),        f.flag("first_pass"),
                                 f.flag("recorded"), f.text("fault_id"), f.text("blame"),
                                 f.text("happened"), f.text("next")};
       }},
      {"lease_waits",
       [](const Fields& f) -> event::Body {
         return event::LeaseWaits{f.text("resource"), f.text("holder"), f.text("purpose")};
       }},
      {"lease_taken",
       [](const Fields& f) -> event::Body {
         return event::LeaseTaken{f.text("resource"), f.text("purpose"), f.seconds("waited_s")};
       }},
      {"lease_given",
       [](const Fields& f) -> event::Body {
         return event::LeaseGiven{f.text("resource"), f.text("purpose"), f.seconds("held_s"),
                                  f.seconds("settling_s"), f.seconds("sampling_s")};
       }},
      {"run_ended",
       [](const Fields& f) -> event::Body {
         return event::RunEnded{f.number("passed"), f.number("failed"), f.number("other")};
       }},
  };
  return all;
}

Fault no_event(const std::string& why) {
  return {"events.line", Blame::config, fmt::format("This line is no event: {}.", why),
          "Give a file that 'plugrig run --json' wrote."};
}

}  // namespace

std::optional<Event> event_of(const std::string& line) {
  try {
    const auto json = Json::parse(line);
    if (!json.is_object() || !json.contains("event")) throw no_event("it has no 'event'");
    const auto reader = readers().find(json.at("event").get<std::string>());
    if (reader == readers().end()) return std::nullopt;
    const Fields fields(json);
    Event event;
    event.at = Instant{fields.seconds("t")};
    event.slot = fields.text("slot");
    event.body = reader->second(fields);
    return event;
  } catch (const Json::exception& error) {
    throw no_event(error.what());
  } catch (const std::invalid_argument& error) {
    throw no_event(error.what());
  }
}

std::vector<Event> read_event_log(std::istream& log) {
  std::vector<Event> events;
  int number = 0;
  for (std::string line; std::getline(log, line);) {
    ++number;
    if (line.find_first_not_of(" \r\t") == std::string::npos) continue;
    try {
      if (auto event = event_of(line)) events.push_back(std::move(*event));
    } catch (const Fault& fault) {
      throw Fault(fault.id(), fault.blame(), fmt::format("Line {}: {}", number, fault.happened()),
                  fault.next());
    }
  }
  return events;
}

}  // namespace plugrig::cli
