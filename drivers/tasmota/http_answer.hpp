#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "drivers/api/http_exchange.hpp"
#include "drivers/tasmota/answer_rules.hpp"

namespace plugrig::tasmota {

/// What one reply of `/cm` means for the command that it answers (Tasmota notes §6).
enum class HttpMeaning : std::uint8_t {
  answered,      ///< the collector holds the members, or a refusal
  nothing,       ///< {}: just booted, or a command without an answer
  other,         ///< an object without any member of this command
  unauthorised,  ///< by code or by body
  garbled,       ///< not the JSON of a plug, or a code that a plug does not give
};

HttpMeaning read_reply(const HttpReply& reply, AnswerCollector& collector);

/// The reply refuses for want of a password: code 401, or since older firmware says 200, its body.
bool is_unauthorised(const HttpReply& reply);

/// Every byte but RFC 3986's unreserved ones as %XX.
std::string url_escaped(std::string_view text);

/// Path and query for a command; an empty password adds no credentials.
std::string command_target(std::string_view line, std::string_view web_password);

}  // namespace plugrig::tasmota
