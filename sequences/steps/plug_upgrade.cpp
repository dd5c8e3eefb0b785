#include <fmt/format.h>

#include <array>

#include "rig/core/file_bytes.hpp"
#include "sequences/steps/firmware_offer.hpp"
#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/plug_character.hpp"
#include "sequences/steps/plug_return.hpp"
#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/usual_series.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"
#include "sequences/steps/tasmota_write.hpp"
#include "sequences/steps/written_settings.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// What is written before, none of it what an erased plug has, and must be there afterwards.
struct Kept {
  std::string_view name, value;
};
constexpr std::array kKept{Kept{"DeviceName", "kept over the air"}, Kept{"TelePeriod", "619"}};

/// The plug before its update, to be compared.
struct Before {
  std::string version;
  PlugCharacter character;
  std::vector<WrittenSetting> settings;
};

std::string running_version(StepContext& context, PlugLink& link) {
  const auto firmware = status(context, link, 2);
  if (auto version = text_member(firmware, "Version")) return *std::move(version);
  throw Fault("plug.version", Blame::unit, "The plug does not say what version it runs.",
              "Look at its answer to Status 2.", {{"answer", firmware.dump()}});
}

Before prepare(StepContext& context, PlugLink& link) {
  Before before{running_version(context, link), read_character(context, link), {}};
  for (const auto& [name, value] : kKept)
    before.settings.push_back(
        write_for_a_while(context, link, checked_setting(name, value), std::string(value)));
  await_saved(context);
  await_uptime(context, link);
  return before;
}

/// Counts what is not as it was written; what makes the plug a plug is a fault too.
void compare_settings(StepContext& context, PlugLink& link, const Before& before,
                      const std::string& condition) {
  const auto character = read_character(context, link);
  auto lost = lost_character(before.character, character);
  for (auto& line : lost_settings(context, link, before.settings)) lost.push_back(std::move(line));
  for (const auto& line : lost) context.say("lost: " + line);
  record_value(context, {.id = "update.settings_lost",
                         .condition = condition,
                         .value = static_cast<double>(lost.size()),
                         .unit = "count",
                         .instrument = "plug"});
  check_character(before.character, character, "an update");
}

std::string condition_of(const FieldValues& params) {
  if (params.text("expect") == "refused") return "a wrong image";
  return params.text("expect") == "old" ? "an interrupted transfer" : "a whole image";
}

/// A build that takes what it must not is a danger to every plug that it runs on.
Fault harmed(const FieldValues& params, std::string what, std::vector<Evidence> evidence) {
  const bool wrong = params.text("expect") == "refused";
  return {wrong ? "plug.upgrade_wrong_image" : "plug.upgrade_interrupted", Blame::unit,
          fmt::format("The plug {} after {} was offered to it.", what, condition_of(params)),
          "Do not roll this build out: look at how it checks an image before it restarts into it.",
          std::move(evidence)};
}

/// A plug restarts after its last attempt, whether or not it took what it fetched: only the number
/// of its attempts tells, where the version is the same.
bool took(const UpgradeEnd& end, std::size_t image_bytes) {
  return end.restarted && end.fetches.bytes >= image_bytes &&
         end.fetches.requests < kUpgradeAttempts;
}

void check_taken(StepContext& context, const UpgradeEnd& end, const Before& before) {
  const auto& params = context.params();
  if (!took(end, read_bytes(params.text("image")).size()))
    throw Fault(
        "plug.upgrade_refused", Blame::unit, "The plug asked for the image and did not take it.",
        "Two whole images must fit into its flash at once: about 400 kB each at 1 MB. If "
        "they do, look at the console of the running build.",
        {{"fetched", fmt::format("{} times, {} bytes", end.fetches.requests, end.fetches.bytes)}});
  const auto version = running_version(context, network(context).plug());
  context.say(fmt::format("{} before, {} now", before.version, version));
  const auto wanted = params.has("version") ? params.text("version") : std::string();
  if (!version.starts_with(wanted))
    throw Fault("plug.upgrade_version", Blame::unit,
                fmt::format("The plug runs {} after the update, not {}.", version, wanted),
                "Check that the image is the one that was meant.");
  record_value(context, {.id = "update.time",
                         .condition = condition_of(params),
                         .value = in_seconds(end.answered),
                         .unit = "s"});
}

void check_kept(StepContext& context, const UpgradeEnd& end, const Before& before) {
  const auto& params = context.params();
  const auto version = running_version(context, network(context).plug());
  if (version != before.version)
    throw harmed(params, "runs " + version + " instead of " + before.version, {});
  context.say(fmt::format("{} runs on after {}, which was fetched {} times", version,
                          condition_of(params), end.fetches.requests));
}

FileOffer offer_of(StepContext& context) {
  const auto& params = context.params();
  FileOffer offer{context.slot() + ".bin", read_bytes(params.text("image"))};
  // Every byte is another, the first one too, by which a plug knows an image.
  if (params.boolean("garbage"))
    for (auto& byte : offer.bytes) byte = static_cast<std::uint8_t>(~byte);
  if (params.has("cut_after")) offer.cut_after = params.bytes("cut_after");
  if (params.text("expect") == "old" && offer.cut_after.value_or(SIZE_MAX) >= offer.bytes.size())
    throw Fault("plug.upgrade_whole", Blame::config,
                "The transfer shall be interrupted, and nothing interrupts it.",
                "Give 'cut_after' fewer bytes than the image has.");
  return offer;
}

UpgradeEnd run_upgrade(StepContext& context, const std::string& password) {
  const bool taken = context.params().text("expect") == "taken";
  const FirmwareOffer offer(context, offer_of(context));
  try {
    return upgrade_over_network(context, offer, context.params().duration("within"), password);
  } catch (const Fault& fault) {
    if (taken || fault.id() != "plug.not_found" || offer.fetches().requests == 0) throw;
    throw harmed(context.params(), "was not there any more", {{"seen", fault.what()}});
  }
}

void upgrade(StepContext& context) {
  const auto& params = context.params();
  const auto password = known_password(context);
  context.mains().energise(context.deadline());
  const auto before = prepare(context, network(context).plug());
  const auto end = run_upgrade(context, password);
  params.text("expect") == "taken" ? check_taken(context, end, before)
                                   : check_kept(context, end, before);
  auto& link = network(context).plug();
  compare_settings(context, link, before, condition_of(params));
  give_back(context, link, before.settings);
}

StepTime usual(const FieldValues& params, const PlanFacts&) {
  StepTime time;
  const bool taken = params.text("expect") == "taken";
  // Settings are saved before; then the transfer and its copying, or attempts and their pauses.
  add_time(time, seconds{7} + kPlugComesUp + (taken ? seconds{13} : seconds{5}));
  return time;
}

}  // namespace

StepType plug_upgrade_step() {
  return {
      .name = "plug.upgrade",
      .help =
          "offer an image to the plug over the network, let it update itself, and look at what "
          "runs then and at what it still knows",
      .fields =
          {{.name = "image", .type = file, .required = true, .help = "firmware image"},
           {.name = "expect",
            .type = choice,
            .fallback = "taken",
            .help = "taken: it restarts into the image; refused: the image is wrong, and what ran "
                    "runs on; old: the transfer is interrupted, and what ran runs on",
            .choices = {"taken", "refused", "old"}},
           {.name = "garbage",
            .type = boolean,
            .fallback = "false",
            .help = "offer bytes that are no image, as many as the image has"},
           {.name = "cut_after",
            .type = bytes,
            .help = "break the transfer off after so many bytes, every time",
            .minimum = 1},
           {.name = "version",
            .type = text,
            .help = "what the version that runs then must begin with"},
           {.name = "within",
            .type = duration,
            .fallback = "3 min",
            .help = "time from the command until the plug answers again for good",
            .minimum = 30,
            .maximum = 1800},
           web_password_field()},
      .default_timeout = minutes{5},
      .usual_time = seconds{30},
      .needs_mains = true,
      .run = upgrade,
      .usual = usual};
}

}  // namespace plugrig::steps
