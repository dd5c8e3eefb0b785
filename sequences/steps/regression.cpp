#include "sequences/steps/plug_steps.hpp"

namespace plugrig::steps {

void add_regression_steps(StepRegistry& registry) {
  for (const auto make :
       {boot_measure_step, plug_times_step, plug_answers_step, console_answers_step,
        plug_wrong_password_step, plug_wifi_loss_step, plug_settings_survive_step,
        plug_switchings_step, plug_standby_step, plug_energy_counter_step, plug_soak_step,
        plug_restarts_step, plug_power_cuts_step, plug_upgrade_step, plug_button_step,
        plug_led_step})
    registry.add(make());
}

}  // namespace plugrig::steps
