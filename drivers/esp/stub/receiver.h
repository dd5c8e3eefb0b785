/* SLIP receiver with three frame buffers: one frame is worked on, one waits, one comes in.
   Pure: whoever includes this defines before it where bytes come from: the type fifo_source,
   fifo_open() and fifo_read(fifo_source). */
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

static inline u32 unescaped(struct receiver* r, u32 byte) {
  if (byte == SLIP_ESCAPED_END) return SLIP_END;
  if (byte == SLIP_ESCAPED_ESCAPE) return SLIP_ESCAPE;
  r->damaged = 1;
  return byte;
}

/* Bytes that need nothing but storing, up to `count`. The byte that ended the run comes back; it is
   the last one taken. What this loop costs is what a byte costs. */
static inline u32 receive_plain(struct receiver* r, u32* count) {
  const fifo_source fifo = fifo_open();
  u8* at = r->at;
  u8* const end = r->end;
  u32 sum = r->sum;
  u32 left = *count;
  u32 byte;
  do {
    byte = fifo_read(fifo);
    --left;
    if (__builtin_expect(byte == SLIP_END, 0)) break;
    if (__builtin_expect(byte == SLIP_ESCAPE, 0)) break;
    if (__builtin_expect(at == end, 0)) {
      r->damaged = 1;
      continue;
    }
    *at++ = (u8)byte;
    sum ^= byte;
  } while (left != 0);
  r->at = at;
  r->sum = sum;
  *count = left;
  return byte;
}

/* The byte after an ESCAPE. An END there ends a damaged frame. */
static inline u32 receive_escaped(struct receiver* r, u32* count) {
  u32 byte = fifo_read(fifo_open());
  --*count;
  if (byte == SLIP_END) return SLIP_END;
  r->escaped = 0;
  byte = unescaped(r, byte);
  if (r->at == r->end) {
    r->damaged = 1;
  } else {
    *r->at++ = (u8)byte;
    r->sum ^= byte;
  }
  return 0;
}

/* Takes `count` bytes out of the FIFO. */
static inline void receive(struct receiver* r, struct slot* slots, u32 count) {
  while (count != 0) {
    const u32 last = r->escaped ? receive_escaped(r, &count) : receive_plain(r, &count);
    if (last == SLIP_ESCAPE) {
      r->escaped = 1;
    } else if (last == SLIP_END) {
      frame_boundary(r, slots);
    }
  }
}
