#include "drivers/tasmota/http_answer.hpp"

#include <fmt/format.h>

#include "drivers/tasmota/json_text.hpp"

namespace plugrig::tasmota {
namespace {

constexpr int ok_code = 200;
constexpr int unauthorised_code = 401;

bool wants_password(const nlohmann::json& body) {
  const auto warning = body.find("WARNING");
  return warning != body.end() && warning->is_string() &&
         warning->get_ref<const std::string&>().find("password=") != std::string::npos;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

bool is_unauthorised(const HttpReply& reply) {
  if (reply.status == unauthorised_code) return true;
  const auto body = parse_object(reply.body);
  return body && wants_password(*body);
}

HttpMeaning read_reply(const HttpReply& reply, AnswerCollector& collector) {
  if (reply.status == unauthorised_code) return HttpMeaning::unauthorised;
  const auto body = parse_object(reply.body);
  if (!body) return HttpMeaning::garbled;
  if (wants_password(*body)) return HttpMeaning::unauthorised;
  if (reply.status != ok_code || body->contains("WARNING")) return HttpMeaning::garbled;
  if (body->empty()) return HttpMeaning::nothing;
  return collector.take({}, *body) ? HttpMeaning::answered : HttpMeaning::other;
}

std::string url_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string command_target(std::string_view line, std::string_view web_password) {
  std::string target = "/cm?";
  if (!web_password.empty()) {
    target += fmt::format("user=admin&password={}&", url_escaped(web_password));
  }
  return target + "cmnd=" + url_escaped(line);
}

}  // namespace plugrig::tasmota
