#include "rig/engine/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "rig/engine/verdict.hpp"

namespace plugrig {

Journal::Journal(Clock& clock, EventSink& sink, Recorder& recorder, Redactor redactor)
    : clock_(clock), sink_(sink), recorder_(recorder), redactor_(std::move(redactor)) {}

template <typename Write>
void Journal::write(Write&& write_it) {
  if (store_fault_) return;
  try {
    std::forward<Write>(write_it)();
  } catch (const Fault& fault) {
    store_fault_ = fault;
  } catch (const std::exception& error) {
    store_fault_ = Fault("store.unexpected", Blame::software,
                         fmt::format("The record could not be written ({}).", error.what()),
                         "Report this; the unit must be run again.");
  }
}

void Journal::tell(event::Body body) {
  sink_.on({clock_.now(), clock_.utc(), slot_, std::move(body)});
}

void Journal::begin(const UnitStart& start, std::string sequence, std::string bench) {
  record_.unit_id = start.unit_id;
  record_.run_id = start.run_id;
  record_.slot = start.slot;
  record_.sequence = std::move(sequence);
  record_.bench = std::move(bench);
  record_.started = start.started;
  slot_ = start.slot;
  write([&] { recorder_.begin_unit(start); });
  tell(event::SlotStarted{start.unit_id});
}

void Journal::go_on(UnitRecord earlier, const std::string& slot) {
  record_ = std::move(earlier);
  // The store reads a record without a verdict as aborted.
  record_.verdict = Verdict::not_run;
  slot_ = slot;
  tell(event::SlotStarted{record_.unit_id});
  for (const auto& [name, value] : record_.facts) tell(event::UnitFact{name, value});
}

void Journal::stage(const std::string& name) { tell(event::StageStarted{name}); }

void Journal::step_started(const std::string& step, int attempt, int attempts) {
  tell(event::StepStarted{step, attempt, attempts});
}

void Journal::say(AttemptRecord& attempt, std::string_view text) {
  attempt.said.push_back(redactor_.clean(text));
  tell(event::StepSaid{attempt.step, attempt.said.back()});
}

void Journal::measured(AttemptRecord& attempt, Measurement measurement) {
  bool finite = std::isfinite(measurement.value);
  for (const double sample : measurement.samples) finite = finite && std::isfinite(sample);
  if (!finite) {
    throw Fault("measurement.no_number", Blame::software,
                fmt::format("Step {} measured '{}' as something that is not a number.",
                            attempt.step, measurement.id),
                "Report this; a reading that failed must be a fault, not a value.");
  }
  measurement.verdict = verdict_of(measurement);
  for (std::string* text :
       {&measurement.id, &measurement.condition, &measurement.unit, &measurement.instrument}) {
    *text = redactor_.clean(*text);
  }
  attempt.measurements.push_back(std::move(measurement));
  const Measurement& kept = attempt.measurements.back();
  tell(event::Measured{kept.id, kept.value, kept.unit, kept.verdict, kept.low, kept.high,
                       kept.condition});
}

namespace {

/// The last attempt that left a slot of which nobody knows whether it is dead, or null.
const AttemptRecord* unconfirmed_off(const std::vector<AttemptRecord>& attempts) {
  const auto found = std::find_if(attempts.rbegin(), attempts.rend(), [](const AttemptRecord& a) {
    return a.fault_id == "safety.off_not_confirmed" ||
           (a.fault_id == "safety.relay_welded" && a.step == "mains.off");
  });
  return found == attempts.rend() ? nullptr : &*found;
}

bool is_text(std::string_view media_type) {
  return media_type.starts_with("text/") || media_type.starts_with("application/json");
}

}  // namespace

std::string Journal::attach(AttemptRecord& attempt, std::string_view name,
                            std::string_view media_type, std::span<const std::uint8_t> bytes,
                            bool sensitive) {
  std::vector<std::uint8_t> cleaned;
  if (is_text(media_type)) {
    const std::string text = redactor_.clean(std::string(bytes.begin(), bytes.end()));
    cleaned.assign(text.begin(), text.end());
    bytes = cleaned;
  }
  write([&] {
    attempt.attachments.push_back(recorder_.keep_file(
        record_.unit_id, redactor_.clean(name), redactor_.clean(media_type), bytes, sensitive));
  });
  if (store_fault_) throw Fault(*store_fault_);
  return attempt.attachments.back().path;
}

void Journal::progress(const std::string& step, const event::StepProgress& progress) {
  event::StepProgress told = progress;
  told.step = step;
  told.phase = redactor_.clean(progress.phase);
  tell(std::move(told));
}

void Journal::fact(std::string_view name, std::string_view value) {
  const std::string clean_name = redactor_.clean(name);
  const std::string clean_value = redactor_.clean(value);
  record_.facts[clean_name] = clean_value;
  write([&] { recorder_.set_fact(record_.unit_id, clean_name, clean_value); });
  tell(event::UnitFact{clean_name, clean_value});
}

std::vector<SeenUnit> Journal::seen_units(std::string_view serial, std::string_view mac) const {
  std::vector<SeenUnit> seen = recorder_.seen_units(serial, mac);
  std::erase_if(seen, [&](const SeenUnit& unit) { return unit.unit_id == record_.unit_id; });
  return seen;
}

void Journal::clean(AttemptRecord& attempt) const {
  for (std::string* text : {&attempt.fault_id, &attempt.happened, &attempt.next}) {
    *text = redactor_.clean(*text);
  }
  for (Evidence& item : attempt.evidence) {
    item = {redactor_.clean(item.name), redactor_.clean(item.text)};
  }
}

void Journal::end_attempt(AttemptRecord attempt, bool will_retry) {
  clean(attempt);
  attempt.slot = slot_;
  record_.attempts.push_back(std::move(attempt));
  const AttemptRecord& kept = record_.attempts.back();
  write([&] { recorder_.append_attempt(record_.unit_id, kept); });
  event::StepEnded told;
  told.step = kept.step;
  told.attempt = kept.attempt;
  told.verdict = kept.verdict;
  told.will_retry = will_retry && !store_fault_;
  told.fault_id = kept.fault_id;
  told.blame = kept.blame;
  told.happened = kept.happened;
  told.next = kept.next;
  told.took = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(kept.took_s));
  tell(std::move(told));
}

event::UnitEnded Journal::finish(Verdict verdict, bool first_pass) {
  record_.ended = clock_.utc();
  write([&] { recorder_.finish_unit(record_.unit_id, {verdict, first_pass, *record_.ended}); });
  event::UnitEnded told;
  told.unit_id = record_.unit_id;
  told.recorded = !store_fault_.has_value();
  if (const AttemptRecord* reason = deciding_attempt(record_.attempts)) {
    told.fault_id = reason->fault_id;
    told.blame = reason->blame;
    told.happened = reason->happened;
    told.next = reason->next;
  }
  if (const AttemptRecord* unsafe = unconfirmed_off(record_.attempts)) {
    // However the unit ended: whoever stands there must know first.
    if (told.fault_id != unsafe->fault_id) told.happened = unsafe->happened + " " + told.happened;
    told.next = unsafe->next;
  }
  if (store_fault_) {
    // Not recorded is never PASS. What went wrong with the unit itself stays in front.
    if (verdict != Verdict::fail) verdict = Verdict::error;
    first_pass = false;
    if (told.fault_id.empty()) {
      told.fault_id = store_fault_->id();
      told.blame = to_string(store_fault_->blame());
      told.happened = redactor_.clean(store_fault_->happened());
      told.next = redactor_.clean(store_fault_->next());
    } else {
      told.happened += " Not recorded: " + redactor_.clean(store_fault_->happened());
    }
  }
  record_.verdict = verdict;
  record_.first_pass = first_pass;
  told.verdict = verdict;
  told.first_pass = first_pass;
  tell(told);
  return told;
}

}  // namespace plugrig
