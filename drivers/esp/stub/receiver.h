/* SLIP receiver with three frame buffers: one frame is worked on, one waits, one comes in.
   Pure: whoever includes this defines `static inline u32 fifo_read(void)` before. */
#pragma once

#include "frame.h"

struct receiver {
  u8* at;
  u8* end;           /* at == end: no room, bytes are dropped */
  struct slot* slot; /* being filled; 0: dropping bytes until the next END */
  u32 fill;          /* index of the slot that is or will be filled */
  u32 sum;
  u32 escaped;
  u32 damaged;
  u32 lost; /* frames dropped because all slots were taken */
};

/* END ends a frame and starts the next: a lost or doubled END costs one frame, never the phase. */
static inline void frame_boundary(struct receiver* r, struct slot* slots) {
  struct slot* slot = r->slot;
  if (slot != 0) {
    const u32 size = (u32)(r->at - (u8*)slot->word);
    if (size != 0) {
      slot->size = size;
      slot->sum = r->sum;
      slot->damaged = r->damaged | r->escaped;
      __asm__ volatile("" : : : "memory"); /* contents before the flag */
      slot->ready = 1;
      r->fill = r->fill + 1 == SLOTS ? 0 : r->fill + 1;
    }
  } else if (r->damaged) {
    ++r->lost;
  }
  r->sum = 0;
  r->escaped = 0;
  r->damaged = 0;
  slot = &slots[r->fill];
  if (slot->ready) {
    r->slot = 0;
    r->at = r->end = 0;
  } else {
    r->slot = slot;
    r->at = (u8*)slot->word;
    r->end = r->at + FRAME_MAX;
  }
}

/* Takes `count` bytes out of the FIFO. */
static inline void receive(struct receiver* r, struct slot* slots, u32 count) {
  u8* at = r->at;
  u8* end = r->end;
  u32 sum = r->sum;
  u32 escaped = r->escaped;
  for (; count != 0; --count) {
    u32 byte = fifo_read();
    if (byte == SLIP_END) {
      r->at = at;
      r->sum = sum;
      r->escaped = escaped;
      frame_boundary(r, slots);
      at = r->at;
      end = r->end;
      sum = 0;
      escaped = 0;
      continue;
    }
    if (escaped) {
      escaped = 0;
      if (byte == SLIP_ESCAPED_END) {
        byte = SLIP_END;
      } else if (byte == SLIP_ESCAPED_ESCAPE) {
        byte = SLIP_ESCAPE;
      } else {
        r->damaged = 1;
      }
    } else if (byte == SLIP_ESCAPE) {
      escaped = 1;
      continue;
    }
    if (at == end) {
      r->damaged = 1;
      continue;
    }
    *at++ = (u8)byte;
    sum ^= byte;
  }
  r->at = at;
  r->sum = sum;
  r->escaped = escaped;
}
