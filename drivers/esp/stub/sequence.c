#include "sequence.h"

void sequence_begin(struct sequence* s, u32 bytes, u32 block) {
  s->active = 1;
  s->next = 0;
  s->last_check = 0;
  s->block = block;
  s->remaining = bytes;
}

u32 sequence_take(struct sequence* s, const struct request* request, u32* repeated) {
  const u32 length = request->data[DATA_LENGTH];
  const u32 number = request->data[DATA_SEQUENCE];
  *repeated = 0;
  if (!s->active) return NOT_BEGUN;
  if (length + DATA_HEAD_BYTES != request->length) return BAD_LENGTH;
  if (length > s->block) return TOO_BIG;
  /* The number is not covered by the checksum: a flipped bit must not pass for a repetition. */
  if (s->next != 0 && number == s->next - 1 && request->checksum == s->last_check) {
    *repeated = 1;
    return OK;
  }
  if (number != s->next) return INVALID;
  if (s->remaining == 0) return TOO_MUCH_DATA;
  ++s->next;
  s->last_check = request->checksum;
  return OK;
}
