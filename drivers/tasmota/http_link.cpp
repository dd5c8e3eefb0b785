#include "drivers/tasmota/http_link.hpp"

#include <fmt/format.h>

#include <utility>

#include "drivers/tasmota/http_answer.hpp"
#include "drivers/tasmota/plug_faults.hpp"

namespace plugrig::tasmota {
namespace {

constexpr std::size_t longest_command = 1199;  ///< characters (Tasmota notes §6)
constexpr std::size_t longest_body = std::size_t{64} * 1024;
constexpr std::size_t shown_body = 2048;
constexpr std::size_t evidence_bytes = 4096;

bool from_transport(const Fault& fault) { return fault.id().starts_with("http."); }

}  // namespace

/// One command on its way: what came of the tries so far.
struct HttpLink::Attempt {
  std::string_view name;
  std::string line;
  int failures = 0;
  HttpMeaning last = HttpMeaning::nothing;
  std::string transport = {};  ///< what the transport said when the last try gave no reply
};

HttpLink::HttpLink(HttpExchange& http, Clock& clock, HttpTarget target, HttpLinkOptions options)
    : http_(http), clock_(clock), target_(std::move(target)), options_(options) {}

nlohmann::json HttpLink::command(std::string_view name, std::string_view argument,
                                 const Deadline& deadline) {
  Attempt attempt{.name = name, .line = std::string(name)};
  if (!argument.empty()) attempt.line += fmt::format(" {}", argument);
  if (attempt.line.size() > longest_command) {
    throw not_sendable(
        name,
        fmt::format("it has {} bytes, the plug takes {}", attempt.line.size(), longest_command),
        "Split it into several commands.");
  }
  AnswerCollector collector(name, argument);
  while (!attempt_once(attempt, collector, deadline)) {
    const bool booting = attempt.last == HttpMeaning::nothing && attempt.transport.empty();
    if (attempt.failures >= options_.tries || clock_.now() >= deadline.at) throw no_answer(attempt);
    clock_.sleep_for(booting ? options_.boot_pause : options_.pause, deadline);
  }
  if (collector.refusal() == AnswerRules::Refusal::unknown) throw refused_unknown(name, evidence());
  if (collector.refusal() == AnswerRules::Refusal::error) throw refused_error(name, evidence());
  return collector.members();
}

bool HttpLink::attempt_once(Attempt& attempt, AnswerCollector& collector,
                            const Deadline& deadline) {
  attempt.transport.clear();
  try {
    const HttpReply reply = exchange(attempt.line, target_.web_password, deadline);
    attempt.last = read_reply(reply, collector);
  } catch (const Fault& fault) {
    if (!from_transport(fault)) throw;
    attempt.transport = fault.what();
    ++attempt.failures;
    return false;
  }
  if (attempt.last == HttpMeaning::unauthorised) throw unauthorised();
  if (attempt.last == HttpMeaning::answered) return true;
  if (attempt.last == HttpMeaning::nothing) return collector.rules().unanswered();
  ++attempt.failures;
  return false;
}

HttpReply HttpLink::exchange(std::string_view line, std::string_view password,
                             const Deadline& deadline) {
  transcript_.sent(clock_.now(), fmt::format("/cm {}", line));
  const HttpRequest request{
      .address = target_.address, .port = target_.port, .target = command_target(line, password)};
  const Deadline limit = deadline.no_later_than(clock_.now() + options_.request_limit);
  try {
    HttpReply reply = http_.get(request, limit);
    // A body that was cut can no longer be taken for a whole one.
    if (reply.body.size() > longest_body) reply.body.resize(longest_body);
    transcript_.received(
        clock_.now(),
        fmt::format("{} {}", reply.status, std::string_view(reply.body).substr(0, shown_body)));
    return reply;
  } catch (const Fault& fault) {
    transcript_.received(clock_.now(), fmt::format("no reply: {}", fault.what()));
    throw;
  }
}

int HttpLink::status_without_password(const Deadline& deadline) {
  for (int failures = 0;;) {
    try {
      const HttpReply reply = exchange("Status", {}, deadline);
      if (!is_unauthorised(reply)) return reply.status;
      return unauthorised_status;
    } catch (const Fault& fault) {
      if (!from_transport(fault)) throw;
      if (++failures >= options_.tries || clock_.now() >= deadline.at) {
        throw no_answer({.name = "Status", .line = {}, .transport = fault.what()});
      }
    }
    clock_.sleep_for(options_.pause, deadline);
  }
}

std::vector<Evidence> HttpLink::evidence() const {
  return {{"http", transcript_.tail(evidence_bytes)}};
}

Fault HttpLink::unauthorised() const {
  if (target_.web_password.empty()) {
    return {"plug.unauthorised", Blame::config,
            fmt::format("The plug at {} wants a web password and none is known.", target_.address),
            "Give the sequence the plug's web password, or erase the plug.", evidence()};
  }
  return {"plug.unauthorised", Blame::config,
          fmt::format("The plug at {} refuses the web password.", target_.address),
          "Compare the password with the one that was set, or erase the plug.", evidence()};
}

Fault HttpLink::no_answer(const Attempt& attempt) const {
  if (!attempt.transport.empty()) {
    Fault fault{"plug.silent", Blame::contact,
                fmt::format("The plug at {} did not answer {} over the network.", target_.address,
                            attempt.name),
                "Check that the plug is on and joined, and that this machine reaches its network.",
                evidence()};
    return fault.add({"transport", attempt.transport});
  }
  if (attempt.last == HttpMeaning::garbled) {
    return {
        "plug.garbled", Blame::contact,
        fmt::format("What {} answers to {} is no answer of a plug.", target_.address, attempt.name),
        "Check that the address is the plug's, and its Wi-Fi reception.", evidence()};
  }
  return {"plug.silent", Blame::contact,
          fmt::format("The plug at {} took {} and gave no answer to it.", target_.address,
                      attempt.name),
          "A plug that has just booted answers after 3 s; else the command has no answer.",
          evidence()};
}

}  // namespace plugrig::tasmota
