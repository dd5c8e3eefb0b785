#include "read.h"

#include "chip.h"
#include "flash.h"
#include "frame.h"
#include "uart.h"

static void digest_chunk(void* context, const u32* words, u32 count) {
  rom_md5_update(context, words, count);
}

/* What both commands need first. */
static u32 readable(const struct request* request) {
  if (!flash_open()) return FLASH_FAILED;
  if (!flash_holds(request->data[0], request->data[1])) return INVALID;
  return flash_wait() ? OK : FLASH_FAILED;
}

u32 flash_md5(const struct request* request, struct answer* answer) {
  const u32 status = readable(request);
  if (status != OK) return status;
  struct md5 context;
  rom_md5_init(&context);
  if (!flash_read(request->data[0], request->data[1], digest_chunk, &context)) return FLASH_FAILED;
  rom_md5_final(answer->digest, &context);
  answer->extra = sizeof answer->digest;
  return OK;
}

static void send_chunk(void* context, const u32* words, u32 count) {
  rom_md5_update(context, words, count);
  uart_bytes(words, count);
}

/* Waits for the host's next count of bytes received. 0 = something else came: it is left to the
   main loop, which knows what to do with a command. */
static u32 acknowledged(u32* count) {
  struct slot* frame;
  while ((frame = uart_frame()) == 0) uart_sleep();
  if (frame->size != 4 || frame->damaged) return 0;
  *count = frame->word[0];
  uart_release(frame);
  return 1;
}

static struct {
  u32 address, count, block, in_flight; /* in_flight: bytes sent and not acknowledged */
} wanted;

static void stream(void) {
  const u32 address = wanted.address, count = wanted.count, block = wanted.block;
  struct md5 context;
  rom_md5_init(&context);
  u32 sent = 0, acked = 0;
  while (acked < count) {
    if (sent < count && sent - acked < wanted.in_flight) {
      const u32 piece = count - sent < block ? count - sent : block;
      uart_begin();
      const u32 good = flash_read(address + sent, piece, send_chunk, &context);
      uart_end();
      sent += piece;
      if (!good) break;
    } else if (!acknowledged(&acked) || acked > sent) {
      break;
    }
  }
  u8 digest[16];
  rom_md5_final(digest, &context);
  uart_begin();
  uart_bytes(digest, sizeof digest);
  uart_end();
}

u32 read_flash(const struct request* request, struct answer* answer) {
  if (request->data[2] == 0 || request->data[2] > BLOCK_MAX) return TOO_BIG;
  const u32 status = readable(request);
  if (status != OK) return status;
  wanted.address = request->data[0];
  wanted.count = request->data[1];
  wanted.block = request->data[2];
  wanted.in_flight = request->data[3] != 0 ? request->data[3] : 1;
  answer->later = stream;
  return OK;
}
