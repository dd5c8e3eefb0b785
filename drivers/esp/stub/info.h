/* What the stub tells about itself, at the start of its data (readable with READ_REG). */
#pragma once

#include "types.h"

struct info {
  u32 magic; /* "PLUG" */
  u32 version;
  u32 overflows; /* times the receive FIFO ran over */
  u32 lost;      /* frames dropped because no buffer was free */
  u32 flash_id;  /* JEDEC id as the flash gave it: manufacturer in bits 7:0 */
};
extern volatile struct info info;
