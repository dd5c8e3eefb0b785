/* Memory and registers. */
#pragma once

#include "protocol.h"

command_body mem_begin, mem_data, mem_end, write_reg, read_reg;
