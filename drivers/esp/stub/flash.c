#include "flash.h"

#include "chip.h"
#include "info.h"
#include "uart.h"

enum {
  WRITE_STATUS = 0x01,
  PAGE_PROGRAM = 0x02,
  READ = 0x03,
  READ_STATUS = 0x05,
  WRITE_ENABLE = 0x06,
  READ_ID = 0x9f,
  HALF_CLOCK = 0x1001, /* CLOCK: period of 2, high for 1 */
  STATUS_BUSY = 0x01,
  STATUS_WRITE_ENABLED = 0x02,
  STATUS_PROTECTED = 0x7c, /* BP0..BP4; on small parts BP0..BP2 */
};

/* Time limits: several times the worst the data sheets of the usual parts allow
   (ESP8266 flashing notes, flash timing). */
static const struct {
  u32 opcode, size, limit_ms;
} erases[] = {
    [ERASE_SECTOR] = {0x20, SECTOR, 1000},
    [ERASE_BLOCK64] = {0xd8, BLOCK64, 4000},
    [ERASE_CHIP] = {0xc7, 0, 120000},
};
enum { PROGRAM_LIMIT_MS = 50, STATUS_LIMIT_MS = 100, START_LIMIT_MS = 1000 };
/* An erase takes milliseconds: look this often. */
enum { ERASE_NAP = 100 * 52 };

static struct {
  u32 size;
  u32 limit_ms; /* of what was started last */
  u32 began;    /* cycle at which it was started */
  enum { QUIET, PROGRAMMING, ERASING } doing;
  u32 nap; /* how much of a program command can be slept through, learned */
} flash;

static void transfer(u32 user, u32 opcode, u32 address, u32 out_bytes, u32 in_bytes) {
  SPI_USER = SPI_USER_COMMAND | user;
  SPI_USER1 = (23u << 26) | ((out_bytes * 8 - 1) & 0x1ff) << 17 | ((in_bytes * 8 - 1) & 0x1ff) << 8;
  SPI_USER2 = (7u << 28) | opcode;
  SPI_ADDR = address << 8;
  SPI_CMD = SPI_CMD_USR;
}

/* A transfer takes 50 us at most: a controller that is still at it after 10000 looks is stuck. */
static u32 finished(void) {
  for (u32 looks = 10000; looks != 0; --looks) {
    if ((SPI_CMD & SPI_CMD_USR) == 0) return 1;
  }
  return 0;
}

static u32 command(u32 opcode) {
  transfer(0, opcode, 0, 0, 0);
  return finished();
}

/* The status register; a stuck controller reads as busy. */
static u32 status(void) {
  transfer(SPI_USER_MISO, READ_STATUS, 0, 0, 1);
  return finished() ? SPI_W[0] & 0xff : STATUS_BUSY;
}

u32 flash_busy(void) { return status() & STATUS_BUSY; }

static void started(u32 limit_ms, u32 doing) {
  flash.began = cycles();
  flash.limit_ms = limit_ms;
  flash.doing = doing;
}

/* What the first bytes and the id look like, folded into a word. */
static u32 sample(void) {
  transfer(SPI_USER_MISO, READ_ID, 0, 0, 3);
  if (!finished()) return 0;
  u32 sum = SPI_W[0] & 0xffffff;
  transfer(SPI_USER_ADDR | SPI_USER_MISO, READ, 0, 0, CHUNK);
  if (!finished()) return 0;
  for (u32 i = 0; i != CHUNK / 4; ++i) sum = (sum << 1 | sum >> 31) ^ SPI_W[i];
  return sum;
}

void flash_attach(void) {
  rom_flash_attach(0, 0);
  /* The ROM leaves a quarter of the core's clock. Half of it (26 MHz; 40 MHz with a 40 MHz crystal)
     is below what the application runs the same flash at. Where it reads otherwise, or where the
     clock comes from elsewhere, nothing is lost. */
  const u32 slow_clock = SPI_CLOCK;
  const u32 expected = sample();
  SPI_CLOCK = HALF_CLOCK;
  if (sample() != expected) SPI_CLOCK = slow_clock;
}

/* Sleeps until `count` cycles after the start, if that is worth a trip through the interrupt. */
static void nap_until(u32 count) {
  for (;;) {
    const u32 gone = cycles() - flash.began;
    if (gone + 400 > count) return;
    sleep_cycles(count - gone);
  }
}

/* The next program command will take as long as this one: sleep through 7/8 of it. */
static void learn(u32 looks) {
  if (looks == 0) {
    flash.nap -= flash.nap / 16; /* it may have been over for a while */
    return;
  }
  const u32 took = cycles() - flash.began;
  flash.nap = took < CYCLES_PER_MS * 5 ? took / 8 * 7 : 0;
}

u32 flash_wait(void) {
  if (flash.doing == PROGRAMMING) nap_until(flash.nap);
  u32 left_ms = flash.limit_ms;
  u32 mark = cycles();
  u32 looks = 0;
  for (; flash_busy(); ++looks) {
    if (cycles() - mark >= CYCLES_PER_MS) {
      mark += CYCLES_PER_MS;
      if (left_ms-- == 0) return 0;
    }
    if (flash.doing != PROGRAMMING) sleep_cycles(ERASE_NAP);
  }
  if (flash.doing == PROGRAMMING) learn(looks);
  flash.doing = QUIET;
  return 1;
}

static u32 write_enable(void) {
  if (!flash_wait()) return 0;
  for (u32 tries = 3; tries != 0; --tries) {
    if (!command(WRITE_ENABLE)) return 0;
    if ((status() & (STATUS_WRITE_ENABLED | STATUS_BUSY)) == STATUS_WRITE_ENABLED) return 1;
  }
  return 0;
}

u32 flash_open(void) {
  if (flash.size != 0) return 1;
  flash.limit_ms = START_LIMIT_MS;
  transfer(SPI_USER_MISO, READ_ID, 0, 0, 3);
  if (!finished()) return 0;
  const u32 id = SPI_W[0] & 0xffffff;
  info.flash_id = id;
  if (id == 0 || id == 0xffffff) return 0;
  const u32 capacity = id >> 16;
  flash.size = capacity >= 0x12 && capacity <= 0x18 ? 1u << capacity : 1u << 24;
  return 1;
}

u32 flash_unlock(void) {
  if (!flash_wait()) return 0;
  if ((status() & STATUS_PROTECTED) == 0) return 1; /* spares a write to the status register */
  if (!write_enable()) return 0;
  SPI_W[0] = 0;
  transfer(SPI_USER_MOSI, WRITE_STATUS, 0, 1, 0);
  if (!finished()) return 0;
  started(STATUS_LIMIT_MS, ERASING);
  return flash_wait() && (status() & STATUS_PROTECTED) == 0;
}

u32 flash_start_erase(enum erase_kind kind, u32 address) {
  if (!write_enable()) return 0;
  transfer(kind == ERASE_CHIP ? 0 : SPI_USER_ADDR, erases[kind].opcode, address, 0, 0);
  if (!finished()) return 0;
  started(erases[kind].limit_ms, ERASING);
  return 1;
}

/* Fills W0..W15. Buffers end on a word, so reading a word past `count` is harmless. */
static void load(const u8* bytes, u32 count) {
  const u32 aligned = ((u32)bytes & 3) == 0;
  for (u32 i = 0; i < count; i += 4) {
    if (aligned) {
      SPI_W[i / 4] = *(const u32*)(bytes + i);
    } else {
      SPI_W[i / 4] =
          bytes[i] | (u32)bytes[i + 1] << 8 | (u32)bytes[i + 2] << 16 | (u32)bytes[i + 3] << 24;
    }
  }
}

static u32 program_chunk(u32 address, const u8* bytes, u32 count) {
  if (!write_enable()) return 0;
  load(bytes, count);
  transfer(SPI_USER_ADDR | SPI_USER_MOSI, PAGE_PROGRAM, address, count, 0);
  if (!finished()) return 0;
  started(PROGRAM_LIMIT_MS, PROGRAMMING);
  return 1;
}

static u32 blank(const u8* bytes, u32 count) {
  for (const u8* end = bytes + count; bytes != end; ++bytes) {
    if (*bytes != 0xff) return 0;
  }
  return 1;
}

u32 flash_program(u32 address, const u8* bytes, u32 count) {
  while (count != 0) {
    u32 piece = CHUNK - address % CHUNK; /* pieces end where pages end */
    if (piece > count) piece = count;
    if (!blank(bytes, piece) && !program_chunk(address, bytes, piece)) return 0;
    address += piece;
    bytes += piece;
    count -= piece;
  }
  return 1;
}

static void start_read(u32 address, u32 count) {
  transfer(SPI_USER_ADDR | SPI_USER_MISO, READ, address, 0, count);
}

u32 flash_read(u32 address, u32 count, chunk_user use, void* context) {
  u32 words[CHUNK / 4];
  if (!flash_wait()) return 0;
  u32 piece = count < CHUNK ? count : CHUNK;
  if (piece != 0) start_read(address, piece);
  while (piece != 0) {
    if (!finished()) return 0;
    for (u32 i = 0; i != CHUNK / 4; ++i) words[i] = SPI_W[i];
    const u32 got = piece;
    address += got;
    count -= got;
    piece = count < CHUNK ? count : CHUNK;
    if (piece != 0) start_read(address, piece);
    use(context, words, got);
  }
  return 1;
}

u32 flash_size(void) { return flash.size; }
void flash_set_size(u32 size) { flash.size = size; }

u32 flash_holds(u32 address, u32 count) {
  return address <= flash.size && count <= flash.size - address;
}

enum erase_kind flash_erase_fitting(u32 address, u32 end) {
  return address % BLOCK64 == 0 && end - address >= BLOCK64 ? ERASE_BLOCK64 : ERASE_SECTOR;
}

u32 flash_erase_size(enum erase_kind kind) { return erases[kind].size; }
