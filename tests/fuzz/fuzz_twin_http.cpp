// Bytes of a hostile or broken client at the web server of the twin's plug: what is read does not
// depend on how much of it has come when one looks, and the reply is as long as it says.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "fixtures/twin/net/http_text.hpp"

namespace {

using namespace plugrig::twin;
using Bytes = std::vector<std::uint8_t>;

void check_text(const HttpFront& front, const Bytes& input) {
  if (front.broken || front.length == 0 || front.length > input.size()) std::abort();
  const auto& request = front.text->request;
  if (request.method.empty() || !request.target.starts_with('/')) std::abort();
  const std::string all(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(front.length));
  if (!all.starts_with(request.method + " " + request.target)) std::abort();
  if (!all.ends_with(request.body)) std::abort();
  for (const auto& part : {request.host, request.authorization}) {
    if (all.find(part) == std::string::npos) std::abort();
  }
}

/// What had come earlier may leave it open, but not say something else.
void check_earlier(const HttpFront& early, std::size_t had_come, const HttpFront& late) {
  if (early.broken && !late.broken) std::abort();
  if (!early.text) return;
  if (!late.text || early.length != late.length || early.length > had_come) std::abort();
  if (early.text->request.target != late.text->request.target) std::abort();
}

void check_reply(const HttpText& text) {
  PlugHttpReply reply;
  reply.status = 200;
  reply.body = text.request.body;
  for (const bool chunked : {false, true}) {
    reply.chunked = chunked;
    const auto sent = http_reply(reply, text.old_version);
    const std::string all(sent.begin(), sent.end());
    const auto head = all.find("\r\n\r\n");
    if (head == std::string::npos) std::abort();
    const std::string_view body = std::string_view(all).substr(head + 4);
    if (chunked && !text.old_version) {
      if (!body.ends_with("0\r\n\r\n")) std::abort();
    } else if (body != reply.body) {
      std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const Bytes input(bytes, bytes + size);
  const auto whole = parse_http(input);
  if (whole.text) {
    check_text(whole, input);
    check_reply(*whole.text);
    const Bytes exact(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(whole.length));
    if (!parse_http(exact).text) std::abort();
    if (parse_http({exact.begin(), exact.end() - 1}).text) std::abort();
  }
  const std::size_t step = std::max<std::size_t>(1, size / 16);
  for (std::size_t had_come = 0; had_come < size; had_come += step) {
    const auto end = input.begin() + static_cast<std::ptrdiff_t>(had_come);
    check_earlier(parse_http({input.begin(), end}), had_come, whole);
  }
  return 0;
}
