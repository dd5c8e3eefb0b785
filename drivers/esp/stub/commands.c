#include "commands.h"

#include "baud.h"
#include "chip.h"
#include "flash.h"
#include "info.h"
#include "memory.h"
#include "protocol.h"
#include "read.h"
#include "uart.h"
#include "write.h"

volatile struct info info __attribute__((section(".info"))) = {.magic = 0x47554c50, .version = 1};

static u32 leaving;

static u32 sync(const struct request* request, struct answer* answer) {
  (void)request;
  answer->copies = 8;
  return OK;
}

static u32 set_params(const struct request* request, struct answer* answer) {
  (void)answer;
  const u32 size = request->data[1];
  if (size == 0 || size > 1u << 24) return INVALID;
  flash_set_size(size);
  return OK;
}

static u32 attach(const struct request* request, struct answer* answer) {
  (void)request;
  (void)answer;
  flash_attach();
  return OK;
}

static u32 new_divisor;

static void change_divisor(void) {
  uart_flush();
  uart_set_divisor(new_divisor);
}

static u32 change_baud(const struct request* request, struct answer* answer) {
  new_divisor = divisor_for(UART_CLKDIV & 0xfffff, request->data[1], request->data[0]);
  if (new_divisor == 0) return INVALID;
  answer->later = change_divisor;
  return OK;
}

static u32 run_user_code(const struct request* request, struct answer* answer) {
  (void)request;
  answer->copies = 0;
  leaving = 1;
  return OK;
}

static const struct command {
  u8 op;
  u8 checked; /* the checksum covers the payload */
  u16 shortest, longest;
  command_body* body;
} table[] = {
    {OP_FLASH_BEGIN, 0, 16, 20, flash_begin},
    {OP_FLASH_DATA, 1, 16, 16 + BLOCK_MAX, flash_data},
    {OP_FLASH_END, 0, 4, 4, flash_end},
    {OP_MEM_BEGIN, 0, 16, 16, mem_begin},
    {OP_MEM_DATA, 1, 16, 16 + BLOCK_MAX, mem_data},
    {OP_MEM_END, 0, 8, 8, mem_end},
    {OP_SYNC, 0, 36, 36, sync},
    {OP_WRITE_REG, 0, 16, BLOCK_MAX, write_reg},
    {OP_READ_REG, 0, 4, 4, read_reg},
    {OP_SPI_SET_PARAMS, 0, 24, 24, set_params},
    {OP_SPI_ATTACH, 0, 4, 8, attach},
    {OP_CHANGE_BAUD, 0, 8, 8, change_baud},
    {OP_FLASH_MD5, 0, 16, 16, flash_md5},
    {OP_ERASE_FLASH, 0, 0, 0, erase_flash},
    {OP_ERASE_REGION, 0, 8, 8, erase_region},
    {OP_READ_FLASH, 0, 16, 16, read_flash},
    {OP_RUN_USER_CODE, 0, 0, 0, run_user_code},
};

/* The received sum runs over everything: take header and head of the data out again. */
static u32 checksum_good(const struct slot* frame) {
  u32 head = 0;
  for (u32 i = 0; i != (8 + DATA_HEAD_BYTES) / 4; ++i) head ^= frame->word[i];
  head ^= head >> 16;
  head ^= head >> 8;
  return ((frame->sum ^ head ^ 0xef) & 0xff) == frame->word[1];
}

static u32 carry_out(const struct slot* frame, const struct request* request,
                     struct answer* answer) {
  if (frame->damaged || frame->size != 8u + request->length) return BAD_LENGTH;
  for (u32 i = 0; i != sizeof table / sizeof table[0]; ++i) {
    const struct command* command = &table[i];
    if (command->op != request->op) continue;
    if (request->length < command->shortest || request->length > command->longest) {
      return BAD_LENGTH;
    }
    if (command->checked && !checksum_good(frame)) return BAD_CHECKSUM;
    return command->body(request, answer);
  }
  return NOT_IMPLEMENTED;
}

static void send_answer(u32 op, const struct answer* answer, u32 status) {
  const u32 head[2] = {1 | op << 8 | (answer->extra + 2) << 16, answer->value};
  const u8 tail[2] = {(u8)status, 0};
  uart_begin();
  uart_bytes(head, sizeof head);
  uart_bytes(answer->digest, answer->extra);
  uart_bytes(tail, sizeof tail);
  uart_end();
}

u32 commands_run(struct slot* frame) {
  const struct request* request = (const struct request*)frame->word;
  /* Noise between frames, a late acknowledgement of a read: nobody waits for an answer. */
  const u32 meant = frame->size >= 8 && request->direction == 0;
  struct answer answer;
  answer.value = 0;
  answer.extra = 0;
  answer.copies = 1;
  answer.then = 0;
  answer.later = 0;
  if (meant) {
    const u32 status = carry_out(frame, request, &answer);
    for (u32 i = answer.copies; i != 0; --i) send_answer(request->op, &answer, status);
    if (answer.then != 0) answer.then(request);
  }
  uart_release(frame);
  if (answer.later != 0) answer.later();
  return !leaving;
}

u32 commands_idle(void) { return write_idle(); }
