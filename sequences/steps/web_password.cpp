#include "sequences/steps/web_password.hpp"

#include <fmt/format.h>

#include "sequences/steps/tasmota_link.hpp"

namespace plugrig::steps {
namespace {

constexpr int http_ok = 200;
constexpr int http_unauthorised = 401;

}  // namespace

void prove_web_password(StepContext& context, const std::string& password) {
  auto& found = network(context);
  const int without = found.status_without_password(context.deadline());
  if (password.empty()) {
    if (without == http_ok) return;
    throw Fault("plug.password_unexpected", Blame::unit,
                fmt::format("The plug refuses a command (HTTP {}), and it should have no password.",
                            without),
                "Erase the flash first: the former owner's settings may still be there.");
  }
  if (without != http_unauthorised)
    throw Fault("plug.password_open", Blame::unit,
                fmt::format("The plug answers without its web password (HTTP {}).", without),
                "Run the unit again; when it fails again, look at the firmware's HTTP options.");
  // An answer to a query shows that the password is taken: the link carries it.
  status(context, found.plug(), 2);
  context.fact(web_password_fact, web_password_proven);
  context.say("web password proven: refused without it, answered with it");
}

}  // namespace plugrig::steps
