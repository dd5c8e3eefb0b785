#include "drivers/tasmota/answer_rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace plugrig::tasmota {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

std::string uppered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), upper);
  return out;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

struct StatusPart {
  std::string_view argument;
  std::string_view key;
};
/// Object of each Status command (Tasmota notes §9), lower case.
constexpr std::array<StatusPart, 14> status_parts{{{"", "status"},
                                                   {"1", "statusprm"},
                                                   {"2", "statusfwr"},
                                                   {"3", "statuslog"},
                                                   {"4", "statusmem"},
                                                   {"5", "statusnet"},
                                                   {"6", "statusmqt"},
                                                   {"7", "statustim"},
                                                   {"8", "statussns"},
                                                   {"9", "statuspth"},
                                                   {"10", "statussns"},
                                                   {"11", "statussts"},
                                                   {"12", "statusstk"},
                                                   {"13", "statussht"}}};
/// The message that ends Status 0.
constexpr std::string_view last_status = "StatusSTS";

struct OtherKey {
  std::string_view command;  ///< lower case, with index
  std::string_view key;      ///< lower case
};
/// Answers under another name than the command's.
constexpr std::array<OtherKey, 5> other_keys{{{"upload", "upgrade"},
                                              {"energytoday", "energytotal"},
                                              {"energyyesterday", "energytotal"},
                                              {"password3", "password1"},
                                              {"password4", "password2"}}};

struct WholeObject {
  std::string_view command;  ///< lower case
  std::array<std::string_view, 2> marks;
};
/// Answers that are the object itself, known by members that it always has.
constexpr std::array<WholeObject, 2> whole_objects{
    {{"template", {"NAME", "GPIO"}}, {"state", {"Uptime", "Wifi"}}}};

}  // namespace

CommandName parse_command_name(std::string_view name) {
  CommandName out;
  name = trimmed(name);
  name.remove_prefix(name.rfind('/') + 1);
  while (name.starts_with('_')) {
    out.silent = true;
    name.remove_prefix(1);
  }
  const std::size_t letters = name.find_last_not_of("0123456789") + 1;
  out.stem = lowered(name.substr(0, letters));
  int index = 0;
  const std::string_view digits = name.substr(letters);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (!digits.empty() && error == std::errc{}) out.index = index;
  if (out.stem == "so") out.stem = "setoption";
  return out;
}

AnswerRules::AnswerRules(std::string_view name, std::string_view argument)
    : name_(parse_command_name(name)) {
  argument = trimmed(argument);
  const std::string index = name_.index ? std::to_string(*name_.index) : "";
  written_ = uppered(name_.stem) + index;
  unanswered_ = name_.silent || (name_.stem == "backlog" && !argument.empty());

  if (name_.stem == "status") {
    several_ = argument == "0";
    const bool all = several_ || name_.index == 0;
    for (const StatusPart& part : status_parts) {
      if (all || part.argument == argument) keys_.emplace_back(part.key);
    }
    return;
  }
  keys_.push_back(name_.stem + index);
  keys_.push_back(name_.index ? name_.stem : name_.stem + "1");
  for (const OtherKey& other : other_keys) {
    if (other.command == name_.stem + index) keys_.emplace_back(other.key);
  }
  for (const WholeObject& whole : whole_objects) {
    if (whole.command == name_.stem) marks_.assign(whole.marks.begin(), whole.marks.end());
  }
}

bool AnswerRules::complete(const nlohmann::json& members) const {
  return !several_ || members.contains(last_status);
}

bool AnswerRules::owns(std::string_view key) const {
  const std::string name = lowered(key);
  return std::ranges::find(keys_, name) != keys_.end();
}

nlohmann::json AnswerRules::pick(std::string_view message, const nlohmann::json& payload) const {
  nlohmann::json picked = nlohmann::json::object();
  if (!payload.is_object()) return picked;
  const bool whole = !marks_.empty() && std::ranges::all_of(marks_, [&](const std::string& mark) {
    return payload.contains(mark);
  });
  // SetOption4: the message bears the command's name.
  const bool named = !message.empty() && message == written_ && name_.stem != "status";
  for (const auto& [key, value] : payload.items()) {
    if (whole || named || owns(key)) picked[key] = value;
  }
  return picked;
}

bool AnswerRules::is_input(std::string_view input) const {
  const CommandName said = parse_command_name(input.substr(0, input.find(' ')));
  return said.stem == name_.stem && said.index.value_or(1) == name_.index.value_or(1);
}

AnswerRules::Refusal AnswerRules::refusal(const nlohmann::json& payload) const {
  const auto member = [&](const char* key) -> const std::string* {
    const auto at = payload.find(key);
    return at == payload.end() ? nullptr : at->get_ptr<const std::string*>();
  };
  if (!payload.is_object()) return Refusal::none;
  const std::string* command = member("Command");
  if (command == nullptr) return Refusal::none;
  // Versions up to about 12 do not say which command they mean.
  const std::string* input = member("Input");
  if (input != nullptr && !is_input(*input)) return Refusal::none;
  if (*command == "Unknown") return Refusal::unknown;
  return *command == "Error" ? Refusal::error : Refusal::none;
}

bool AnswerCollector::take(std::string_view message, const nlohmann::json& payload) {
  const nlohmann::json picked = rules_.pick(message, payload);
  if (!picked.empty()) {
    members_.update(picked);
    return true;
  }
  const AnswerRules::Refusal refused = rules_.refusal(payload);
  if (refused == AnswerRules::Refusal::none) return false;
  refusal_ = refused;
  return true;
}

void AnswerCollector::clear() {
  members_ = nlohmann::json::object();
  refusal_ = AnswerRules::Refusal::none;
}

}  // namespace plugrig::tasmota
