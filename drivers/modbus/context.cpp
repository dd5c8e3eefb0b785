#include "drivers/modbus/context.hpp"

#include <modbus.h>

namespace plugrig::modbus {

void FreeContext::operator()(_modbus* context) const {
  modbus_close(context);
  modbus_free(context);
}

}  // namespace plugrig::modbus
