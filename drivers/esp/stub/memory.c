#include "memory.h"

#include "chip.h"
#include "frame.h"
#include "sequence.h"
#include "uart.h"

static struct sequence loading;
static u32* target;

extern u32 text_start[], text_end[], data_start[], noinit_end[];

static u32 overlaps(u32 address, u32 count, const u32* from, const u32* to) {
  return address < (u32)to && (u32)from < address + count;
}

u32 mem_begin(const struct request* request, struct answer* answer) {
  (void)answer;
  const u32 size = request->data[0], block = request->data[2], address = request->data[3];
  loading.active = 0;
  if (block > BLOCK_MAX) return TOO_BIG;
  if (address % 4 != 0 || address + size < address) return INVALID;
  /* The stub would be overwriting itself. */
  if (overlaps(address, size, text_start, text_end)) return INVALID;
  if (overlaps(address, size, data_start, noinit_end)) return INVALID;
  sequence_begin(&loading, size, block);
  target = (u32*)address;
  return OK;
}

u32 mem_data(const struct request* request, struct answer* answer) {
  (void)answer;
  const u32 length = request->data[DATA_LENGTH];
  if (length % 4 != 0) return BAD_LENGTH;
  if (loading.active && length > loading.remaining && length <= loading.block &&
      request->data[DATA_SEQUENCE] == loading.next) {
    return TOO_MUCH_DATA;
  }
  u32 repeated;
  const u32 status = sequence_take(&loading, request, &repeated);
  if (status != OK || repeated) return status;
  const u32* word = &request->data[DATA_PAYLOAD];
  for (const u32* end = word + length / 4; word != end; ++word) {
    *(volatile u32*)target++ = *word; /* instruction RAM takes whole words only */
  }
  loading.remaining -= length;
  return OK;
}

static void (*entry)(void);

static void call(void) {
  uart_flush();
  entry();
  uart_open(); /* it came back, perhaps with its own interrupt handlers attached */
}

u32 mem_end(const struct request* request, struct answer* answer) {
  if (loading.active && loading.remaining != 0) return NOT_ENOUGH_DATA;
  loading.active = 0;
  if ((request->data[0] & 0xff) == 0 && request->data[1] != 0) {
    entry = (void (*)(void))request->data[1];
    answer->later = call;
  }
  return OK;
}

enum { REG_ADDRESS, REG_VALUE, REG_MASK, REG_DELAY_US, REG_WORDS };

u32 write_reg(const struct request* request, struct answer* answer) {
  (void)answer;
  if (request->length == 0 || request->length % (4 * REG_WORDS) != 0) return BAD_LENGTH;
  const u32 words = request->length / 4;
  for (u32 i = 0; i != words; i += REG_WORDS) {
    if (request->data[i + REG_ADDRESS] % 4 != 0) return INVALID;
  }
  for (u32 i = 0; i != words; i += REG_WORDS) {
    const u32* item = &request->data[i];
    volatile u32* at = (volatile u32*)item[REG_ADDRESS];
    const u32 mask = item[REG_MASK];
    for (u32 us = item[REG_DELAY_US]; us != 0; --us) {
      for (u32 start = cycles(); cycles() - start < CYCLES_PER_US;) {
      }
    }
    *at = mask == 0xffffffff ? item[REG_VALUE] : (*at & ~mask) | (item[REG_VALUE] & mask);
  }
  return OK;
}

u32 read_reg(const struct request* request, struct answer* answer) {
  if (request->data[0] % 4 != 0) return INVALID;
  answer->value = *(volatile u32*)request->data[0];
  return OK;
}
