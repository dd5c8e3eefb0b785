#include "sequences/steps/upgrade_power_cut.hpp"

#include <fmt/format.h>

#include "sequences/steps/plug_return.hpp"
#include "sequences/steps/tasmota_restart.hpp"

namespace plugrig::steps {
namespace {

/// How often the count of bytes is looked at: 2 kB at the speed of a plug.
constexpr Duration kLook = std::chrono::milliseconds{20};
/// An image of 1 MB takes a minute at worst.
constexpr Duration kLongestTransfer = std::chrono::minutes{3};

/// Until `bytes` have left this computer.
void await_bytes(StepContext& context, const FirmwareOffer& offer, std::size_t bytes) {
  auto& clock = context.clock();
  const auto end = clock.now() + kLongestTransfer;
  while (offer.fetches().bytes < bytes) {
    if (clock.now() >= end || clock.now() >= context.deadline().at) {
      if (offer.fetches().requests == 0) throw not_fetched(offer.url());
      throw Fault("plug.upgrade_slow", Blame::host,
                  fmt::format("Of {} bytes that the plug shall fetch before the power cut, it "
                              "fetched {}.",
                              bytes, offer.fetches().bytes),
                  "Look at the network between this computer and the plugs; give the step more "
                  "time.");
    }
    clock.sleep_for(kLook, context.deadline());
  }
}

}  // namespace

std::optional<PowerCut> power_cut_of(const FieldValues& params) {
  PowerCut cut{.off = params.duration("off")};
  if (params.has("power_cut_after")) cut.after_bytes = params.bytes("power_cut_after");
  if (params.has("power_cut_copying")) cut.after_transfer = params.duration("power_cut_copying");
  if (!cut.after_bytes && !cut.after_transfer) return std::nullopt;
  return cut;
}

std::vector<FieldSpec> power_cut_fields() {
  return {{.name = "power_cut_after",
           .type = FieldType::bytes,
           .help = "take mains away in the transfer, when so many bytes have left this computer, "
                   "some of which may still be on their way; with expect: old",
           .minimum = 1},
          {.name = "power_cut_copying",
           .type = FieldType::duration,
           .help = "take mains away so long after the transfer, while the boot loader copies: an "
                   "ESP8266 is not expected to run after that; with expect: any, as a last step",
           .minimum = 0,
           .maximum = 120},
          off_field()};
}

CutUpgrade cut_power_in_upgrade(StepContext& context, const FirmwareOffer& offer,
                                std::size_t image_bytes, const PowerCut& cut) {
  begin_upgrade(context, offer);
  await_bytes(context, offer, cut.after_bytes.value_or(image_bytes));
  if (cut.after_transfer) wait_whole(context, *cut.after_transfer, "the moment of the power cut");
  mains_away_and_back(context, cut.off);
  const CutUpgrade met{context.clock().now(), offer.fetches()};
  if (cut.after_bytes && met.fetches.bytes >= image_bytes)
    throw Fault("plug.upgrade_over", Blame::config,
                "The transfer was over before mains was off, so no cut was seen in it.",
                "Give 'power_cut_after' fewer bytes, or a larger image.");
  return met;
}

}  // namespace plugrig::steps
