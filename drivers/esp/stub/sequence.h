/* The common rules of flash data and memory data. */
#pragma once

#include "protocol.h"

struct sequence {
  u32 active;
  u32 next;       /* number of the block that must come next */
  u32 last_check; /* checksum of the block before it */
  u32 block;      /* largest payload */
  u32 remaining;  /* bytes still to come */
};

void sequence_begin(struct sequence* s, u32 bytes, u32 block);
/* Whether the block may be used. `repeated` is set when it is the one accepted before, sent again
   because its answer was lost: to be acknowledged, not used. */
u32 sequence_take(struct sequence* s, const struct request* request, u32* repeated);
