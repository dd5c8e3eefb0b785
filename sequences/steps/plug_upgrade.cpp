#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "rig/core/file_bytes.hpp"
#include "rig/engine/build_facts.hpp"
#include "sequences/steps/firmware_offer.hpp"
#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/plug_character.hpp"
#include "sequences/steps/plug_return.hpp"
#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/binding.hpp"
#include "sequences/steps/power/usual_series.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"
#include "sequences/steps/tasmota_write.hpp"
#include "sequences/steps/upgrade_power_cut.hpp"
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

constexpr std::string_view kNoFile = "none";

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

bool has_minimal(const FieldValues& params) { return params.text("minimal") != kNoFile; }

bool in_two_steps(const FieldValues& params) {
  return has_minimal(params) && params.text("expect") == "taken";
}

/// What shall not be taken must be small enough to be fetched, or nothing would be shown by it.
std::vector<std::uint8_t> image_bytes_of(const FieldValues& params) {
  const bool minimal = has_minimal(params) && !in_two_steps(params);
  return read_bytes(params.text(minimal ? "minimal" : "image"));
}

/// What an offer is called in a record, and the fault of a build that does not bear it. The first
/// row that fits.
struct OfferKind {
  bool (*fits)(const FieldValues& params);
  std::string_view condition, harm;
};
constexpr std::array kOfferKinds{
    OfferKind{[](const FieldValues& params) { return in_two_steps(params); },
              "a whole image, in two steps", "plug.upgrade_refused"},
    OfferKind{[](const FieldValues& params) { return params.has("power_cut_after"); },
              "a power cut in the transfer", "plug.upgrade_power_cut"},
    OfferKind{[](const FieldValues& params) { return params.has("power_cut_copying"); },
              "a power cut in the copying", "plug.upgrade_power_cut"},
    OfferKind{[](const FieldValues& params) { return params.text("expect") == "refused"; },
              "a wrong image", "plug.upgrade_wrong_image"},
    OfferKind{[](const FieldValues& params) { return params.text("expect") == "old"; },
              "an interrupted transfer", "plug.upgrade_interrupted"},
    OfferKind{[](const FieldValues&) { return true; }, "a whole image", "plug.upgrade_refused"}};

const OfferKind& kind_of(const FieldValues& params) {
  return *std::ranges::find_if(kOfferKinds, [&](const auto& kind) { return kind.fits(params); });
}

std::string condition_of(const FieldValues& params) {
  return std::string(kind_of(params).condition);
}

/// A build that takes what it must not, or does not bear what happens to plugs, is a danger to
/// every plug that it runs on.
Fault harmed(const FieldValues& params, const std::string& what, std::vector<Evidence> evidence) {
  const auto& kind = kind_of(params);
  return {std::string(kind.harm), Blame::unit,
          fmt::format("The plug {} after {}.", what, kind.condition),
          "Do not roll this build out: look at how it checks an image before it restarts into it, "
          "and what it writes to its flash before it has the image.",
          std::move(evidence)};
}

/// A plug restarts after its last attempt, whether or not it took what it fetched: only the number
/// of its attempts tells, where the version is the same.
bool took(const UpgradeEnd& end, const FieldValues& params) {
  const bool fetched =
      end.restarted && end.fetches.bytes >= read_bytes(params.text("image")).size();
  return fetched && (in_two_steps(params) || end.fetches.requests < kUpgradeAttempts);
}

void check_taken(StepContext& context, const UpgradeEnd& end, const Before& before) {
  const auto& params = context.params();
  if (!took(end, params))
    throw Fault(
        "plug.upgrade_refused", Blame::unit, "The plug asked for the image and did not take it.",
        "Two whole images must fit into its flash at once, about 400 kB each at 1 MB, or 'minimal' "
        "must name a build that fits beside either. If they do, look at the console of the running "
        "build.",
        {{"fetched", fmt::format("{} times, {} bytes", end.fetches.requests, end.fetches.bytes)}});
  const auto version = running_version(context, network(context).plug());
  context.say(fmt::format("{} before, {} now", before.version, version));
  context.fact("firmware_version", version);
  const auto compared = context.facts().find(kBuildFileFact);
  if (compared != context.facts().end() && compared->second == params.text("image"))
    context.fact(kBuildVersionFact, version);
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

/// Nothing that is offered may pass for what it is not.
void check_offer(const FieldValues& params, std::size_t image_bytes) {
  const auto& expect = params.text("expect");
  const auto ends_at = [&](const char* name) {
    return params.has(name) ? params.bytes(name) : SIZE_MAX;
  };
  if (expect == "old" && std::min(ends_at("cut_after"), ends_at("power_cut_after")) >= image_bytes)
    throw Fault("plug.upgrade_whole", Blame::config,
                "The transfer shall be interrupted, and nothing interrupts it.",
                "Give 'cut_after' or 'power_cut_after' fewer bytes than the image has.");
  const bool in_transfer = params.has("power_cut_after"), copying = params.has("power_cut_copying");
  if (copying == (expect == "any") && in_transfer <= (expect == "old")) return;
  throw Fault("plug.upgrade_expect", Blame::config,
              fmt::format("After this power cut nobody can expect '{}'.", expect),
              "A cut in the transfer leaves the old firmware (expect: old); after one in the "
              "copying it is only measured whether the plug runs (expect: any).");
}

FileOffer offer_of(StepContext& context) {
  const auto& params = context.params();
  FileOffer offer{context.slot() + ".bin", image_bytes_of(params)};
  // Every byte is another, the first one too, by which a plug knows an image.
  if (params.boolean("garbage"))
    for (auto& byte : offer.bytes) byte = static_cast<std::uint8_t>(~byte);
  if (in_two_steps(params)) offer.minimal = read_bytes(params.text("minimal"));
  if (params.has("cut_after")) offer.cut_after = params.bytes("cut_after");
  check_offer(params, offer.bytes.size());
  return offer;
}

/// An update in which mains goes away.
UpgradeEnd run_with_cut(StepContext& context, const FirmwareOffer& offer, std::size_t image_bytes,
                        const PowerCut& cut, const std::string& password) {
  const auto met = cut_power_in_upgrade(context, offer, image_bytes, cut);
  context.say(fmt::format("mains was away when {} of {} bytes had been fetched", met.fetches.bytes,
                          image_bytes));
  const auto came =
      await_return(context, met.back, context.params().duration("within"), seconds{1}, password);
  return {.restarted = true, .answered = came.answer, .fetches = met.fetches};
}

/// Nothing: it did not come back, which is only measured here.
std::optional<UpgradeEnd> run_upgrade(StepContext& context, const std::string& password) {
  const auto& params = context.params();
  const bool taken = params.text("expect") == "taken";
  auto offered = offer_of(context);
  const auto image_bytes = offered.bytes.size();
  const FirmwareOffer offer(context, std::move(offered));
  try {
    const auto cut = power_cut_of(params);
    return cut ? run_with_cut(context, offer, image_bytes, *cut, password)
               : upgrade_over_network(context, offer, params.duration("within"), password);
  } catch (const Fault& fault) {
    if (taken || fault.id() != "plug.not_found" || offer.fetches().requests == 0) throw;
    if (params.text("expect") == "any") return std::nullopt;
    throw harmed(params, "was not there any more", {{"seen", fault.what()}});
  }
}

/// Whether a plug runs after a cut in its copying. On an ESP8266 none is expected to: what shall be
/// copied stands in memory that is lost with the supply, and half of each firmware stays.
void measure_survival(StepContext& context, bool survived) {
  record_value(context, {.id = "update.survived",
                         .condition = condition_of(context.params()),
                         .value = survived ? 1.0 : 0.0,
                         .unit = "count",
                         .instrument = "plug"});
  context.say(survived ? "the plug runs after a power cut in the copying: " +
                             running_version(context, network(context).plug())
                       : std::string("the plug does not run after a power cut in the copying; it "
                                     "must be flashed over its contacts"));
}

/// What must hold of the plug that answers now.
void check_end(StepContext& context, const UpgradeEnd& end, const Before& before) {
  const auto& expect = context.params().text("expect");
  if (expect == "taken") check_taken(context, end, before);
  if (expect == "refused" || expect == "old") check_kept(context, end, before);
  auto& link = network(context).plug();
  // Of what is not expected to run, no settings are compared.
  if (expect != "any") compare_settings(context, link, before, condition_of(context.params()));
  give_back(context, link, before.settings);
}

void upgrade(StepContext& context) {
  const auto& params = context.params();
  const auto password = known_password(context);
  context.mains().energise(context.deadline());
  const auto before = prepare(context, network(context).plug());
  const auto end = run_upgrade(context, password);
  if (params.text("expect") == "any") measure_survival(context, end.has_value());
  if (!end) return;
  check_end(context, *end, before);
  // Who was without mains may have been exchanged.
  if (power_cut_of(params)) show_binding(context, kBindingLimit);
}

StepTime usual(const FieldValues& params, const PlanFacts& facts) {
  StepTime time;
  const bool taken = params.text("expect") == "taken";
  // Settings are saved before; then the transfer and its copying, or attempts and their pauses.
  add_time(time, seconds{7} + kPlugComesUp + (taken ? seconds{13} : seconds{5}));
  // A small image is fetched and copied, joins, and waits 6 s.
  if (in_two_steps(params)) add_time(time, seconds{20} + kPlugComesUp);
  if (!power_cut_of(params)) return time;
  add_time(time, params.duration("off"));
  add_binding(time, facts);
  return time;
}

}  // namespace

StepType plug_upgrade_step() {
  StepType type{
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
                    "runs on; old: the transfer is interrupted, and what ran runs on; any: it is "
                    "measured whether the plug runs",
            .choices = {"taken", "refused", "old", "any"}},
           {.name = "garbage",
            .type = boolean,
            .fallback = "false",
            .help = "offer bytes that are no image, as many as the image has"},
           {.name = "cut_after",
            .type = bytes,
            .help = "break the transfer off after so many bytes, every time",
            .minimum = 1},
           {.name = "minimal",
            .type = text,
            .fallback = std::string(kNoFile),
            .help = "minimal build, by which the plug takes an image that does not fit beside the "
                    "one that runs; what it shall not take is then this instead of the image; "
                    "'none': there is none"},
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
  for (auto& field : power_cut_fields()) type.fields.push_back(std::move(field));
  return type;
}

}  // namespace plugrig::steps
