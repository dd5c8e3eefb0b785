/* A received frame and its limits. */
#pragma once

#include "types.h"

enum {
  BLOCK_MAX = 0x4000,             /* largest payload of a data command */
  FRAME_MAX = 8 + 16 + BLOCK_MAX, /* header, head of a data command, payload */
  SLOTS = 3,
  SLIP_END = 0xc0,
  SLIP_ESCAPE = 0xdb,
  SLIP_ESCAPED_END = 0xdc,
  SLIP_ESCAPED_ESCAPE = 0xdd,
};

struct slot {
  volatile u32 ready; /* set by the receiver, cleared by whoever has used the frame */
  u32 size;           /* bytes */
  u32 sum;            /* XOR of all bytes */
  u32 damaged;        /* impossible escape, or longer than FRAME_MAX */
  u32 word[FRAME_MAX / 4];
};
