#pragma once

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// The steps of the family `plug.`, each in a file of its own.
StepType plug_join_step();
StepType plug_functional_step();
StepType plug_finish_step();
StepType plug_recover_step();
/// Of the family `slot.`; works on mains, without the plug.
StepType slot_energise_step();

/// What a firmware regression test measures.
StepType boot_measure_step();
StepType plug_times_step();
StepType plug_switchings_step();
StepType plug_answers_step();
StepType console_answers_step();
StepType plug_wrong_password_step();
StepType plug_wifi_loss_step();
StepType plug_settings_survive_step();
StepType plug_standby_step();
StepType plug_energy_counter_step();
StepType plug_soak_step();
StepType plug_restarts_step();
StepType plug_power_cuts_step();
StepType plug_upgrade_step();
StepType plug_button_step();
StepType plug_led_step();
void add_regression_steps(StepRegistry& registry);

}  // namespace plugrig::steps
