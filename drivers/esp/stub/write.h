/* Writing and erasing the flash. */
#pragma once

#include "protocol.h"

command_body flash_begin, flash_data, flash_end, erase_flash, erase_region;
/* Erases ahead of the data that is still to come. 1 = there is more to do. */
u32 write_idle(void);
