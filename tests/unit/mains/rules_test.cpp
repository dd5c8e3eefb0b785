// The rules by themselves: what each refuses, and that each row is needed.
#include "rig/engine/mains_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <set>

#include "rig/engine/mains_found.hpp"

namespace plugrig::mains {
namespace {

using namespace std::chrono_literals;
using Spoil = std::function<void(State&, Request&)>;

/// Two slots; the first asks and may have all it asks for.
State safe_bench() {
  State state;
  state.now = Instant{} + 10s;
  state.hardwired_interlock = true;
  state.watched = true;
  for (const char* name : {"M1", "M2"}) {
    Slot slot;
    slot.name = name;
    slot.has_switch = true;
    slot.contacts = ContactsKind::two_position;
    for (Input* input : {&slot.guard, &slot.contacts_withdrawn}) {
      *input = {.fitted = true, .answered = true, .closed = true, .at = state.now - 100ms};
    }
    slot.sense = {.fitted = true, .answered = true, .closed = false, .at = state.now};
    slot.shares_load = true;
    slot.relay_rating_A = slot.wiring_rating_A = slot.plug_rated_A = slot.bank_rating_A = 10;
    slot.plug_rated_W = 2300;
    state.slots.push_back(slot);
  }
  state.slots[0].stage_allows = true;
  return state;
}

State live_bench() {
  State state = safe_bench();
  state.slots[0].live = true;
  state.slots[0].sense.closed = true;
  return state;
}

State dead_bench() {
  State state = safe_bench();
  state.slots[0].stage_allows = false;
  state.slots[0].off_proven = true;
  return state;
}

std::string id_of(const State& state, const Request& request) {
  const auto refused = refusal(state, request);
  return refused ? refused->id() : "allowed";
}

TEST(MainsRules, AllowWhatIsSafe) {
  EXPECT_EQ(id_of(safe_bench(), {.ask = Ask::energise}), "allowed");
  EXPECT_EQ(id_of(live_bench(), {.ask = Ask::load, .load_A = 10, .load_W = 2300}), "allowed");
  EXPECT_EQ(id_of(live_bench(), {.ask = Ask::stay_live}), "allowed");
  EXPECT_EQ(id_of(dead_bench(), {.ask = Ask::low_voltage}), "allowed");
}

struct Row {
  const char* name;
  Ask ask;
  const char* fault_id;
  Spoil spoil;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class EachRule : public testing::TestWithParam<Row> {};

/// One thing is wrong with a bench that is safe otherwise, and exactly its rule says so.
TEST_P(EachRule, RefusesByItself) {
  const Row& row = GetParam();
  State state = row.ask == Ask::energise      ? safe_bench()
                : row.ask == Ask::low_voltage ? dead_bench()
                                              : live_bench();
  Request request{.ask = row.ask, .load_A = 5, .load_W = 1150};
  row.spoil(state, request);
  const auto refused = refusal(state, request);
  ASSERT_TRUE(refused) << row.name;
  EXPECT_EQ(refused->id(), row.fault_id);
  EXPECT_FALSE(refused->next().empty());
  std::vector<std::string> broken;
  for (const Check& check : checks()) {
    const bool asked =
        std::find(check.asked.begin(), check.asked.end(), row.ask) != check.asked.end();
    if (asked && check.breaks(state, state.slots[0], request)) broken.emplace_back(check.name);
  }
  EXPECT_THAT(broken, testing::ElementsAre(row.name));
}

Slot& first(State& state) { return state.slots[0]; }
Slot& other(State& state) { return state.slots[1]; }

/// A load bank of 1 kW that is on, and a meter that sees it, for the first slot.
void with_load(State& state, double load_W, double power_W, double current_A) {
  state.banks.resize(1);
  state.banks[0].load_W = load_W;
  state.meters.resize(1);
  state.meters[0] = {.name = "reference",
                     .by_hand = false,
                     .voltage_V = 230,
                     .current_A = current_A,
                     .power_W = power_W};
  first(state).bank = 0;
  first(state).meter = 0;
}

/// Both slots are live, one behind the other.
void in_one_round(State& state) {
  state.chained = true;
  for (Slot& slot : state.slots) slot.live = slot.together = true;
}

Input opened(const State& state) {
  return {.fitted = true, .answered = true, .closed = false, .at = state.now};
}

const std::vector<Row>& rows() {
  static const std::vector<Row> table{
      {"switch", Ask::energise, "safety.no_mains",
       [](State& s, Request&) { first(s).has_switch = false; }},
      {"emergency_stop", Ask::energise, "safety.emergency_stop",
       [](State& s, Request&) { s.emergency_stop = opened(s); }},
      {"emergency_stop", Ask::stay_live, "safety.emergency_stop",
       [](State& s, Request&) { s.emergency_stop = opened(s); }},
      {"timers", Ask::energise, "safety.timed_on_not_proven",
       [](State& s, Request&) { s.timers_not_proven = "It stays on."; }},
      {"renewal", Ask::stay_live, "safety.not_renewed",
       [](State& s, Request&) { first(s).ends = s.now + 300ms; }},
      {"renewal", Ask::load, "safety.not_renewed",
       [](State& s, Request&) { s.contactor_ends = s.now - 1s; }},
      {"renewal", Ask::stay_live, "safety.not_renewed",
       [](State& s, Request&) {
         with_load(s, 1000, 1000, 4.3);
         s.banks[0].ends = s.now + 100ms;
       }},
      {"dead_man", Ask::energise, "safety.dead_man_lost",
       [](State& s, Request&) { s.has_dead_man = true; }},
      {"dead_man", Ask::stay_live, "safety.dead_man_lost",
       [](State& s, Request&) {
         s.has_dead_man = true;
         s.dead_man_ends = s.now;
       }},
      {"relay_welded", Ask::energise, "safety.relay_welded",
       [](State& s, Request&) {
         other(s).off_proven = true;
         other(s).sense.closed = true;
       }},
      {"relay_welded", Ask::stay_live, "safety.relay_welded",
       [](State& s, Request&) {
         other(s).off_proven = true;
         other(s).sense.closed = true;
       }},
      {"load_hot", Ask::load, "safety.load_hot",
       [](State& s, Request&) { first(s).load_cool = opened(s); }},
      {"load_hot", Ask::stay_live, "safety.load_hot",
       [](State& s, Request& r) {
         with_load(s, 1000, 1000, 4.3);
         r.load_W = 0;
         first(s).load_cool = opened(s);
       }},
      {"current_with_relay_off", Ask::energise, "safety.current_with_relay_off",
       [](State& s, Request&) { with_load(s, 0, 60, 0.26); }},
      {"current_with_relay_off", Ask::stay_live, "safety.current_with_relay_off",
       [](State& s, Request&) { with_load(s, 0, 21, 0.1); }},
      {"over_power", Ask::stay_live, "safety.over_power",
       [](State& s, Request&) { with_load(s, 1000, 1171, 5.1); }},
      {"over_power", Ask::load, "safety.over_power",
       [](State& s, Request&) { with_load(s, 2200, 2300, 11.1); }},
      {"input_stale", Ask::stay_live, "safety.input_stale",
       [](State& s, Request&) {
         s.emergency_stop = {.fitted = true, .answered = true, .closed = true, .at = s.now - 201ms};
       }},
      {"input_unreadable", Ask::load, "safety.input_unreadable",
       [](State& s, Request&) {
         first(s).load_cool = {.fitted = true, .answered = false, .closed = true, .at = s.now};
       }},
      {"watched", Ask::energise, "safety.not_watched",
       [](State& s, Request&) { s.watched = false; }},
      {"attended", Ask::energise, "safety.attended",
       [](State& s, Request&) { s.hardwired_interlock = false; }},
      {"stage", Ask::energise, "safety.stage",
       [](State& s, Request&) { first(s).stage_allows = false; }},
      {"stage", Ask::load, "safety.stage",
       [](State& s, Request&) { first(s).stage_allows = false; }},
      {"locked", Ask::energise, "safety.off_not_confirmed",
       [](State& s, Request&) { first(s).locked = true; }},
      {"locked", Ask::low_voltage, "safety.off_not_confirmed",
       [](State& s, Request&) { first(s).locked = true; }},
      {"port_open", Ask::energise, "safety.port_open",
       [](State& s, Request&) { first(s).port_open = true; }},
      {"port_open", Ask::stay_live, "safety.port_open",
       [](State& s, Request&) { first(s).port_open = true; }},
      {"input_missing", Ask::energise, "safety.input_missing",
       [](State& s, Request&) { first(s).guard = {.fitted = false, .closed = true}; }},
      {"input_missing", Ask::energise, "safety.input_missing",
       [](State& s, Request&) { first(s).contacts_withdrawn = {.fitted = false, .closed = true}; }},
      {"input_unreadable", Ask::energise, "safety.input_unreadable",
       [](State& s, Request&) { first(s).guard.answered = false; }},
      {"input_unreadable", Ask::load, "safety.input_unreadable",
       [](State& s, Request&) { first(s).contacts_withdrawn.answered = false; }},
      {"input_stale", Ask::energise, "safety.input_stale",
       [](State& s, Request&) { first(s).guard.at = s.now - 201ms; }},
      {"input_stale", Ask::stay_live, "safety.input_stale",
       [](State& s, Request&) { first(s).contacts_withdrawn.at = s.now - 201ms; }},
      {"contacts", Ask::energise, "safety.contacts",
       [](State& s, Request&) { first(s).contacts_withdrawn.closed = false; }},
      {"contacts", Ask::stay_live, "safety.contacts",
       [](State& s, Request&) { first(s).contacts_withdrawn.closed = false; }},
      {"guard", Ask::energise, "safety.guard",
       [](State& s, Request&) { first(s).guard.closed = false; }},
      {"guard", Ask::load, "safety.guard",
       [](State& s, Request&) { first(s).guard.closed = false; }},
      {"guard", Ask::stay_live, "safety.guard",
       [](State& s, Request&) { first(s).guard.closed = false; }},
      {"load_shared", Ask::energise, "safety.load_shared",
       [](State& s, Request&) { other(s).live = true; }},
      {"load_shared", Ask::load, "safety.load_shared",
       [](State& s, Request&) { other(s).live = true; }},
      {"load_shared", Ask::energise, "safety.load_shared",
       [](State& s, Request&) { other(s).sense.answered = false; }},
      {"other_locked", Ask::energise, "safety.off_not_confirmed",
       [](State& s, Request&) { other(s).locked = true; }},
      {"stray_voltage", Ask::energise, "safety.stray_voltage",
       [](State& s, Request&) { other(s).sense.closed = true; }},
      {"stray_voltage", Ask::stay_live, "safety.stray_voltage",
       [](State& s, Request&) { other(s).sense.closed = true; }},
      {"voltage_before", Ask::energise, "safety.off_not_confirmed",
       [](State& s, Request&) { first(s).sense.closed = true; }},
      {"voltage_before", Ask::energise, "safety.off_not_confirmed",
       [](State& s, Request&) { first(s).sense.answered = false; }},
      {"energised", Ask::load, "safety.not_energised",
       [](State& s, Request&) { first(s).live = false; }},
      {"chain_loaded", Ask::energise, "safety.load_shared",
       [](State& s, Request&) {
         s.chained = true;
         s.banks.resize(1);
         s.banks[0].load_W = 1000;
         first(s).bank = 0;
       }},
      {"chain_moves", Ask::load, "safety.load_shared",
       [](State& s, Request&) {
         in_one_round(s);
         other(s).leaving = true;
       }},
      {"rating_chain", Ask::load, "safety.rating",
       [](State& s, Request&) {
         in_one_round(s);
         first(s).plug_rated_A = 5.05;
       }},
      {"rating_chain", Ask::load, "safety.rating",
       [](State& s, Request&) {
         in_one_round(s);
         other(s).plug_rated_A = 4.9;
       }},
      {"rating_chain", Ask::load, "safety.rating",
       [](State& s, Request&) {
         in_one_round(s);
         other(s).plug_rated_W = 1149;
       }},
      {"no_lease", Ask::load, "safety.no_lease",
       [](State& s, Request&) { first(s).by_turns = true; }},
      {"selector", Ask::load, "safety.load_shared",
       [](State& s, Request&) {
         first(s).selector = {.fitted = true, .asked = true, .closed = {}};
       }},
      {"selector", Ask::load, "safety.load_shared",
       [](State& s, Request&) {
         first(s).selector = {.fitted = true, .asked = true, .closed = false};
       }},
      {"other_selector", Ask::load, "safety.load_shared",
       [](State& s, Request&) {
         first(s).selector = {.fitted = true, .asked = true, .closed = true};
         other(s).selector = {.fitted = true, .asked = false, .closed = true};
       }},
      {"other_selector", Ask::connect, "safety.load_shared",
       [](State& s, Request&) {
         first(s).selector = {.fitted = true, .asked = false, .closed = false};
         other(s).selector = {.fitted = true, .asked = false, .closed = {}};
       }},
      {"other_selector", Ask::connect, "safety.load_shared",
       [](State& s, Request&) {
         first(s).selector = {.fitted = true, .asked = false, .closed = false};
         other(s).selector = {.fitted = true, .asked = true, .closed = false};
       }},
      {"lease_overdue", Ask::stay_live, "safety.lease_overdue",
       [](State& s, Request&) {
         first(s).leased = true;
         first(s).lease_due = s.now - 1ns;
       }},
      {"rating_relay", Ask::load, "safety.rating",
       [](State& s, Request&) { first(s).relay_rating_A = 4.9; }},
      {"rating_wiring", Ask::load, "safety.rating",
       [](State& s, Request&) { first(s).wiring_rating_A = 4.9; }},
      {"rating_bank", Ask::load, "safety.rating",
       [](State& s, Request&) { first(s).bank_rating_A = 4.9; }},
      {"rating_plug", Ask::load, "safety.rating",
       [](State& s, Request&) { first(s).plug_rated_A = 4.9; }},
      {"rating_plug", Ask::load, "safety.rating",
       [](State& s, Request&) { first(s).plug_rated_W = 1149; }},
      {"rating_plug", Ask::load, "safety.rating",
       [](State& s, Request&) { first(s).plug_rated_A = 0; }},
      {"rating_plug", Ask::load, "safety.rating",
       [](State&, Request& r) { r.load_W = std::numeric_limits<double>::quiet_NaN(); }},
      {"rating_duty", Ask::stay_live, "safety.rating",
       [](State& s, Request&) { first(s).load_due = s.now; }},
      {"overrun", Ask::stay_live, "safety.overrun",
       [](State& s, Request&) { first(s).step_ends = s.now - kOverrun - 1ms; }},
      {"low_voltage_stage", Ask::low_voltage, "safety.live",
       [](State& s, Request&) { first(s).stage_allows = true; }},
      {"low_voltage_live", Ask::low_voltage, "safety.live",
       [](State& s, Request&) { first(s).live = true; }},
      {"low_voltage_unproven", Ask::low_voltage, "safety.live",
       [](State& s, Request&) { first(s).off_proven = false; }},
  };
  return table;
}

INSTANTIATE_TEST_SUITE_P(One, EachRule, testing::ValuesIn(rows()));

TEST(MainsRules, EveryRuleHasARowHere) {
  std::set<std::string> known;
  std::set<std::string> tried;
  for (const Check& check : checks()) EXPECT_TRUE(known.insert(std::string(check.name)).second);
  for (const Row& row : rows()) tried.insert(row.name);
  EXPECT_EQ(tried, known);
}

TEST(MainsRules, AReadingCountsForTwoHundredMilliseconds) {
  State state = safe_bench();
  first(state).guard.at = state.now - 200ms;
  EXPECT_EQ(id_of(state, {.ask = Ask::energise}), "allowed");
}

TEST(MainsRules, WhatAPersonLooksAtDoesNotAge) {
  State state = safe_bench();
  first(state).guard.at = state.now - 9s;
  first(state).guard.watched = false;
  EXPECT_EQ(id_of(state, {.ask = Ask::energise}), "allowed");
}

TEST(MainsRules, SlotsWithTheirOwnLoadMayBeLiveTogether) {
  State state = safe_bench();
  other(state).live = true;
  other(state).sense.closed = true;
  first(state).shares_load = other(state).shares_load = false;
  EXPECT_EQ(id_of(state, {.ask = Ask::energise}), "allowed");
}

TEST(MainsRules, SlotsOfARoundMayBeLiveAndLoadedTogether) {
  State state = live_bench();
  in_one_round(state);
  EXPECT_EQ(id_of(state, {.ask = Ask::load, .load_A = 5, .load_W = 1150}), "allowed");
  other(state).together = false;
  EXPECT_EQ(id_of(state, {.ask = Ask::load, .load_A = 5, .load_W = 1150}), "safety.load_shared");
}

TEST(MainsRules, APlugAndItsResistorsMayDrawWhatTheyDraw) {
  State state = live_bench();
  with_load(state, 1000, 1170, 5);
  EXPECT_EQ(id_of(state, {.ask = Ask::stay_live}), "allowed");
  with_load(state, 0, 20, 0.15);
  EXPECT_EQ(id_of(state, {.ask = Ask::stay_live}), "allowed");
  // 10 % more volts are 21 % more watts.
  with_load(state, 1000, 1400, 5.5);
  state.meters[0].voltage_V = 253;
  EXPECT_EQ(id_of(state, {.ask = Ask::stay_live}), "allowed");
}

TEST(MainsRules, WhatAPersonReadsOrPlugsInIsNotJudged) {
  State state = live_bench();
  with_load(state, 1000, 3000, 9);
  state.banks[0].by_hand = true;
  EXPECT_EQ(id_of(state, {.ask = Ask::stay_live}), "allowed");
  state.banks[0].by_hand = false;
  state.meters[0].by_hand = true;
  EXPECT_EQ(id_of(state, {.ask = Ask::stay_live}), "allowed");
}

TEST(MainsRules, BehindAnOpenSelectorThereIsNoLoad) {
  State state = live_bench();
  with_load(state, 1000, 1000, 4.3);
  other(state).bank = 0;
  other(state).meter = 0;
  other(state).live = true;
  other(state).shares_load = first(state).shares_load = false;
  for (Slot* slot : {&first(state), &other(state)}) slot->selector.fitted = true;
  first(state).selector.closed = true;
  other(state).selector.closed = false;
  EXPECT_EQ(load_W(state, first(state)), 1000);
  EXPECT_EQ(load_W(state, other(state)), 0);
  EXPECT_EQ(id_of(state, {.ask = Ask::stay_live}), "allowed");
}

TEST(MainsRules, AThermostatCountsOnlyWithALoad) {
  State state = live_bench();
  first(state).load_cool = opened(state);
  EXPECT_EQ(id_of(state, {.ask = Ask::stay_live}), "allowed");
  EXPECT_EQ(id_of(state, {.ask = Ask::load, .load_A = 0, .load_W = 0}), "allowed");
}

TEST(MainsRules, StopGuardAndContactsOpenTheContactorFirst) {
  for (const char* id : {"safety.emergency_stop", "safety.guard", "safety.contacts"})
    EXPECT_TRUE(contactor_first(id)) << id;
  for (const char* id : {"safety.rating", "safety.overrun", "safety.not_renewed", ""})
    EXPECT_FALSE(contactor_first(id)) << id;
}

OffEvidence proven() {
  OffEvidence seen;
  seen.slot = "M1";
  seen.has_switch = true;
  seen.relay_on = false;
  seen.has_sense = true;
  seen.sense_closed = false;
  return seen;
}

TEST(OffRules, RelayAndAbsenceOfVoltageTogetherProveIt) {
  EXPECT_THAT(off_doubts(proven()), testing::IsEmpty());
}

TEST(OffRules, EachKindOfEvidenceIsEnoughByItself) {
  OffEvidence seen = proven();
  seen.has_sense = false;
  seen.sense_closed.reset();
  EXPECT_THAT(off_doubts(seen), testing::SizeIs(1));
  OffEvidence by_contactor = seen;
  by_contactor.contactor_off = true;
  EXPECT_THAT(off_doubts(by_contactor), testing::SizeIs(1)) << "an order is no evidence";
  by_contactor.auxiliary_closed = false;
  EXPECT_THAT(off_doubts(by_contactor), testing::IsEmpty());
  OffEvidence by_meter = seen;
  by_meter.meter_V = 9.9;
  EXPECT_THAT(off_doubts(by_meter), testing::IsEmpty());
  OffEvidence by_hand = seen;
  by_hand.unplugged_by_hand = true;
  EXPECT_THAT(off_doubts(by_hand), testing::IsEmpty());
}

TEST(OffRules, AWeldedRelayHasItsOwnName) {
  OffEvidence seen = proven();
  EXPECT_EQ(off_fault_id(seen), "safety.off_not_confirmed");
  seen.sense_closed = true;
  EXPECT_EQ(off_fault_id(seen), "safety.relay_welded");
  seen.relay_on = true;
  EXPECT_EQ(off_fault_id(seen), "safety.off_not_confirmed") << "the board knows it: it is stuck";
  seen.relay_on.reset();
  EXPECT_EQ(off_fault_id(seen), "safety.off_not_confirmed");
}

TEST(OffRules, AnyContradictionIsOne) {
  const auto doubts = [](const std::function<void(OffEvidence&)>& spoil) {
    OffEvidence seen = proven();
    spoil(seen);
    return off_doubts(seen).size();
  };
  EXPECT_EQ(doubts([](OffEvidence& e) { e.relay_on = true; }), 1U);
  EXPECT_EQ(doubts([](OffEvidence& e) { e.relay_on.reset(); }), 1U);
  EXPECT_EQ(doubts([](OffEvidence& e) { e.sense_closed = true; }), 1U);
  EXPECT_EQ(doubts([](OffEvidence& e) { e.sense_closed.reset(); }), 1U);
  EXPECT_EQ(doubts([](OffEvidence& e) { e.meter_V = 10; }), 1U);
  EXPECT_EQ(doubts([](OffEvidence& e) {
              e.contactor_off = true;
              e.auxiliary_closed = true;
            }),
            1U);
  EXPECT_EQ(doubts([](OffEvidence& e) { e.auxiliary_closed = true; }), 0U)
      << "the contactor is closed for another slot";
}

/// `tests/run --mutants` takes its names from this file; a check without a line would go untried.
TEST(Mutants, AreListedForEveryCheck) {
  std::set<std::string> listed;
  std::ifstream file(std::string(PLUGRIG_SOURCE_DIR) + "/tests/mutants/checks.txt");
  for (std::string line; std::getline(file, line);) listed.insert(line);
  std::set<std::string> known{"on_read_back", "on_voltage", "off_on_way_out",
                              "watch_stop",   "watch_trip", "lease_locks"};
  known.insert({"contactor_first", "start_proof", "timer_proof", "contactor_timer_proof",
                "timer_renews", "timer_ends", "off_mark", "renew", "dead_man_blind"});
  known.insert({"reference_lease", "selector_read_back", "lease_off", "chain_changes"});
  for (const Check& check : checks()) known.insert(std::string(check.name));
  for (const OffCheck& check : off_checks()) known.insert(std::string(check.name));
  EXPECT_EQ(listed, known);
}

}  // namespace
}  // namespace plugrig::mains
