#pragma once

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// The steps of the family `tasmota.`, each in a file of its own.
StepType tasmota_template_step();
StepType tasmota_module_step();
StepType tasmota_wifi_step();
StepType tasmota_password_step();
StepType tasmota_mqtt_step();
StepType tasmota_setting_step();
StepType tasmota_command_step();

}  // namespace plugrig::steps
