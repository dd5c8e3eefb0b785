#include "sequences/steps/library.hpp"
#include "sequences/steps/tasmota_steps.hpp"

namespace plugrig::steps {

void add_tasmota_steps(StepRegistry& registry) {
  for (const auto make :
       {tasmota_template_step, tasmota_module_step, tasmota_wifi_step, tasmota_password_step,
        tasmota_mqtt_step, tasmota_setting_step, tasmota_command_step})
    registry.add(make());
}

}  // namespace plugrig::steps
