#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plugrig::tasmota {

/// A command as the firmware takes it apart (Tasmota notes §4): case does not matter, digits at
/// the end are the index.
struct CommandName {
  std::string stem;          ///< lower case, without path, index and leading "_"
  std::optional<int> index;  ///< as written
  bool silent = false;       ///< leading "_": no answer
};

CommandName parse_command_name(std::string_view name);

/// Which messages and members belong to a command's answer. Pure data; one command each.
class AnswerRules {
 public:
  AnswerRules(std::string_view name, std::string_view argument);

  /// The command has no answer of its own: Backlog with items, silent commands.
  [[nodiscard]] bool unanswered() const { return unanswered_; }
  /// Comes as several messages: Status 0.
  [[nodiscard]] bool several() const { return several_; }
  /// The last of several messages is in.
  [[nodiscard]] bool complete(const nlohmann::json& members) const;

  /// The members of `payload` that belong to the command; empty object when none does. `message`
  /// is the message's name, empty over HTTP.
  [[nodiscard]] nlohmann::json pick(std::string_view message, const nlohmann::json& payload) const;

  enum class Refusal : std::uint8_t { none, unknown, error };
  /// The payload refuses this command. An answer about another command is none.
  [[nodiscard]] Refusal refusal(const nlohmann::json& payload) const;

 private:
  [[nodiscard]] bool owns(std::string_view key) const;
  [[nodiscard]] bool is_input(std::string_view input) const;

  CommandName name_;
  std::string written_;             ///< name in upper case, with index
  std::vector<std::string> keys_;   ///< lower case; members that belong to it
  std::vector<std::string> marks_;  ///< all present: the whole object is the answer (Template)
  bool unanswered_ = false;
  bool several_ = false;
};

/// Collects one command's answer out of messages.
class AnswerCollector {
 public:
  AnswerCollector(std::string_view name, std::string_view argument) : rules_(name, argument) {}

  /// Takes a message; true when it belonged to the answer.
  bool take(std::string_view message, const nlohmann::json& payload);

  [[nodiscard]] const AnswerRules& rules() const { return rules_; }
  [[nodiscard]] bool any() const { return !members_.empty(); }
  [[nodiscard]] bool complete() const { return any() && rules_.complete(members_); }
  [[nodiscard]] AnswerRules::Refusal refusal() const { return refusal_; }
  [[nodiscard]] const nlohmann::json& members() const { return members_; }
  void clear();

 private:
  AnswerRules rules_;
  nlohmann::json members_ = nlohmann::json::object();
  AnswerRules::Refusal refusal_ = AnswerRules::Refusal::none;
};

}  // namespace plugrig::tasmota
