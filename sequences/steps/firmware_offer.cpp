#include "sequences/steps/firmware_offer.hpp"

#include <fmt/format.h>

#include <utility>

#include "sequences/steps/plug_return.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::seconds;

/// A plug begins 1 s to 2 s after the command, and answers until then.
constexpr Duration kBegins = seconds{3};
constexpr Duration kPause = seconds{1};
/// With less time left a plug that is there might be looked for too briefly.
constexpr Duration kOneLook = seconds{6};

FileServer& files(StepContext& context) {
  if (auto* found = context.devices().files) return *found;
  throw Fault(
      "slot.no_files", Blame::config, "This bench offers plugs no files.",
      "Give the bench file 'file_server': the address of this computer, as plugs reach it.");
}

void set_url(StepContext& context, PlugLink& link, const std::string& url) {
  link.command("OtaUrl", url, context.deadline());
  const auto answer = link.command("OtaUrl", "", context.deadline());
  if (text_member(answer, "OtaUrl") == url) return;
  throw Fault("plug.upgrade_url", Blame::unit, "The plug does not keep where to fetch firmware.",
              "Look at its answer to OtaUrl.", {{"answer", answer.dump()}, {"url", url}});
}

/// Nothing: it has just gone away again.
std::optional<Duration> uptime_now(StepContext& context) {
  try {
    return plug_uptime(context, network(context).plug());
  } catch (const Fault& fault) {
    if (is_silence(fault)) return std::nullopt;
    throw;
  }
}

Fault stays_minimal(const FirmwareOffer& offer) {
  const auto text = [](const FileFetches& fetches) {
    return fmt::format("{} times, {} bytes", fetches.requests, fetches.bytes);
  };
  return {"plug.upgrade_minimal",
          Blame::unit,
          "The plug did not come back with the whole build; it may run the minimal one.",
          "Look at its console. Flash it over its contacts, if it stays so.",
          {{"whole build fetched", text(offer.fetches())},
           {"minimal build fetched", text(offer.minimal_fetches())}}};
}

/// In two steps: a minimal build does not say who it is, so nothing is asked until the whole one
/// has left.
void await_whole_build(StepContext& context, const FirmwareOffer& offer, Instant end) {
  while (offer.fetches().bytes < offer.bytes()) {
    if (context.clock().now() >= end) {
      if (offer.fetches().requests == 0) throw not_fetched(offer.url());
      throw stays_minimal(offer);
    }
    wait_whole(context, kPause, "the whole build to be fetched");
  }
  wait_whole(context, kBegins, "the plug to restart into the whole build");
}

/// Asks the plug until it has restarted or given up.
UpgradeEnd await_end(StepContext& context, const FirmwareOffer& offer, Instant began,
                     Duration within, const std::string& web_password) {
  auto& clock = context.clock();
  UpgradeEnd end;
  auto last_fetch = clock.now();
  for (;;) {
    const auto came = await_return(context, began, within, seconds{1}, web_password);
    const auto answered = clock.now();
    const auto up = uptime_now(context);
    if (const auto fetches = offer.fetches(); fetches != end.fetches) {
      end.fetches = fetches;
      last_fetch = answered;
    }
    end.restarted = restarted_within(up, answered - began);
    end.answered = came.answer;
    if (end.restarted) return end;
    const bool over = clock.now() - began >= within - kOneLook;
    if (end.fetches.requests == 0 && over) throw not_fetched(offer.url());
    if (end.fetches.requests > 0 && (over || clock.now() - last_fetch >= kUpgradeQuiet)) return end;
    wait_whole(context, kPause, "the end of the update");
  }
}

}  // namespace

Fault not_fetched(const std::string& url) {
  return {"plug.upgrade_not_fetched",
          Blame::host,
          "The plug never asked for the firmware.",
          "Check that it can reach this computer at the address of the bench file's 'file_server', "
          "and that no firewall keeps it out.",
          {{"url", url}}};
}

FirmwareOffer::FirmwareOffer(StepContext& context, FileOffer offer)
    : files_(files(context)),
      bytes_(offer.bytes.size()),
      in_two_steps_(!offer.minimal.empty()),
      url_(files_.offer(std::move(offer))) {}

FirmwareOffer::~FirmwareOffer() { files_.withdraw(url_); }

Instant begin_upgrade(StepContext& context, const FirmwareOffer& offer) {
  auto& link = network(context).plug();
  set_url(context, link, offer.url());
  const auto told = context.clock().now();
  link.command("Upgrade", "1", context.deadline());
  return told;
}

UpgradeEnd upgrade_over_network(StepContext& context, const FirmwareOffer& offer, Duration within,
                                const std::string& web_password) {
  const auto began = begin_upgrade(context, offer);
  wait_whole(context, kBegins, "the update to begin");
  if (!offer.in_two_steps()) return await_end(context, offer, began, within, web_password);
  await_whole_build(context, offer, began + within - kOneLook);
  try {
    return await_end(context, offer, began, within, web_password);
  } catch (const Fault& fault) {
    if (fault.id() == "plug.not_found") throw stays_minimal(offer);
    throw;
  }
}

}  // namespace plugrig::steps
