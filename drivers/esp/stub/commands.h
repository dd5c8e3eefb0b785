/* The commands of the host. */
#pragma once

#include "frame.h"

/* Carries a received frame out, answers it and releases it. 0 = the stub is to be left. */
u32 commands_run(struct slot* frame);
/* Work for when no frame waits: erases ahead of the data. 1 = call again soon. */
u32 commands_idle(void);
