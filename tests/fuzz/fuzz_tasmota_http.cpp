// A reply of a plug's web server, or of whatever sits at its address. The first byte chooses code
// and command, the rest is the body.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "drivers/tasmota/http_answer.hpp"
#include "drivers/tasmota/json_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace plugrig;
  using namespace plugrig::tasmota;
  if (size == 0) return 0;
  static constexpr std::array<int, 4> codes{200, 401, 302, 500};
  static constexpr std::array<const char*, 4> commands{"VoltageCal", "Status", "Template", "Power"};
  HttpReply reply;
  reply.status = codes.at(bytes[0] % codes.size());
  reply.body.assign(reinterpret_cast<const char*>(bytes) + 1, size - 1);

  AnswerCollector collector(commands.at(bytes[0] / 4 % commands.size()), "5");
  const HttpMeaning meaning = read_reply(reply, collector);
  const auto body = parse_object(reply.body);
  const bool refused = collector.refusal() != AnswerRules::Refusal::none;
  if ((meaning == HttpMeaning::answered) != (collector.any() || refused)) std::abort();
  if (meaning == HttpMeaning::answered && (reply.status != 200 || !body)) std::abort();
  if (meaning == HttpMeaning::nothing && (!body || !body->empty())) std::abort();
  if ((meaning == HttpMeaning::unauthorised) != is_unauthorised(reply)) std::abort();
  for (const auto& [key, value] : collector.members().items()) {
    if (!body->contains(key) || (*body)[key] != value) std::abort();
  }
  for (const char c : url_escaped(reply.body)) {
    if (c <= ' ' || c == '&' || c == '=' || c == '#' || c == ';' || c == '+') std::abort();
  }
  return 0;
}
