#include "write.h"

#include "chip.h"
#include "flash.h"
#include "frame.h"
#include "sequence.h"
#include "uart.h"

static struct {
  struct sequence sequence;
  u32 address;   /* where the next byte goes */
  u32 erased_to; /* everything announced below this is erased, or being erased */
  u32 erase_end;
  u32 failure; /* of a write after its acknowledgement; stays until the next begin */
} writer;

u32 flash_begin(const struct request* request, struct answer* answer) {
  (void)answer;
  const u32 size = request->data[0], block = request->data[2], offset = request->data[3];
  writer.sequence.active = 0;
  writer.erased_to = writer.erase_end = 0;
  if (block > BLOCK_MAX) return TOO_BIG;
  if (!flash_open()) return FLASH_FAILED;
  if (!flash_holds(offset, size)) return INVALID;
  if (!flash_wait()) return FLASH_FAILED;
  if (!flash_unlock()) return UNLOCK_FAILED;
  sequence_begin(&writer.sequence, size, block);
  writer.address = offset;
  writer.failure = OK;
  if (size != 0) {
    writer.erased_to = offset & ~(SECTOR - 1u);
    writer.erase_end = (offset + size + SECTOR - 1) & ~(SECTOR - 1u);
  }
  return OK;
}

/* Starts the next erase of the announced range. The flash must not be busy. */
static u32 erase_next(void) {
  const enum erase_kind kind = flash_erase_fitting(writer.erased_to, writer.erase_end);
  if (!flash_start_erase(kind, writer.erased_to)) return 0;
  writer.erased_to += flash_erase_size(kind);
  return 1;
}

u32 write_idle(void) {
  if (!writer.sequence.active || writer.failure || writer.erased_to >= writer.erase_end) return 0;
  if (!flash_busy() && !erase_next()) writer.failure = FLASH_FAILED;
  return 1;
}

static u32 write_now(const u8* bytes, u32 count) {
  while (writer.erased_to < writer.address + count) {
    if (!flash_wait() || !erase_next()) return 0;
  }
  return flash_program(writer.address, bytes, count);
}

static void write_block(const struct request* request) {
  u32 count = request->data[DATA_LENGTH];
  if (count > writer.sequence.remaining) count = writer.sequence.remaining; /* padding */
  if (!write_now((const u8*)&request->data[DATA_PAYLOAD], count)) writer.failure = FLASH_FAILED;
  writer.address += count;
  writer.sequence.remaining -= count;
}

u32 flash_data(const struct request* request, struct answer* answer) {
  if (writer.sequence.active && writer.failure) return writer.failure;
  u32 repeated;
  const u32 status = sequence_take(&writer.sequence, request, &repeated);
  if (status == OK && !repeated) answer->then = write_block;
  return status;
}

static void reboot(void) {
  uart_flush();
  for (u32 start = cycles(); cycles() - start < 10 * CYCLES_PER_MS;) sleep_cycles(CYCLES_PER_MS);
  uart_close();
  rom_software_reset();
}

u32 flash_end(const struct request* request, struct answer* answer) {
  if (!writer.sequence.active) return NOT_BEGUN;
  if (!writer.failure && writer.sequence.remaining != 0) return NOT_ENOUGH_DATA;
  if (!writer.failure && !flash_wait()) writer.failure = FLASH_FAILED;
  writer.sequence.active = 0;
  if (!writer.failure && request->data[0] == 0) answer->later = reboot;
  return writer.failure;
}

u32 erase_flash(const struct request* request, struct answer* answer) {
  (void)request;
  (void)answer;
  writer.sequence.active = 0;
  if (!flash_open() || !flash_wait()) return FLASH_FAILED;
  if (!flash_unlock()) return UNLOCK_FAILED;
  return flash_start_erase(ERASE_CHIP, 0) && flash_wait() ? OK : FLASH_FAILED;
}

u32 erase_region(const struct request* request, struct answer* answer) {
  (void)answer;
  u32 address = request->data[0];
  const u32 count = request->data[1];
  writer.sequence.active = 0;
  if ((address | count) % SECTOR != 0) return INVALID;
  if (!flash_open()) return FLASH_FAILED;
  if (!flash_holds(address, count)) return INVALID;
  if (!flash_wait()) return FLASH_FAILED;
  if (!flash_unlock()) return UNLOCK_FAILED;
  for (const u32 end = address + count; address < end;) {
    const enum erase_kind kind = flash_erase_fitting(address, end);
    if (!flash_start_erase(kind, address) || !flash_wait()) return FLASH_FAILED;
    address += flash_erase_size(kind);
  }
  return OK;
}
