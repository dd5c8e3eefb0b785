/* SPI flash through the registers of SPI0. Every wait is bounded. */
#pragma once

#include "types.h"

enum { SECTOR = 0x1000, BLOCK64 = 0x10000, PAGE = 0x100, CHUNK = 64 };

enum erase_kind { ERASE_SECTOR, ERASE_BLOCK64, ERASE_CHIP };

/* Connects the flash to the controller, at the fastest SPI clock that proves itself. */
void flash_attach(void);
/* All of these: 1 = done, 0 = the flash did not do it (or is not there). */
u32 flash_open(void);   /* finds the flash and its size, again if it was not there before */
u32 flash_unlock(void); /* clears the block protection bits */
u32 flash_wait(void);   /* until the last program or erase is over */
/* Starts an erase and comes back while the flash is at it. */
u32 flash_start_erase(enum erase_kind kind, u32 address);
/* Ends with the last piece still being programmed: flash_wait tells when it is over. */
u32 flash_program(u32 address, const u8* bytes, u32 count);

typedef void (*chunk_user)(void* context, const u32* words, u32 count);
/* Hands `count` bytes from `address` on to `use`, up to CHUNK at a time; the next piece comes in
   meanwhile. */
u32 flash_read(u32 address, u32 count, chunk_user use, void* context);

u32 flash_busy(void); /* an erase or program is going on */
u32 flash_size(void); /* 0 = no flash */
void flash_set_size(u32 size);
/* [address, address + count) lies in the flash. */
u32 flash_holds(u32 address, u32 count);
/* The largest erase that starts at `address` and stays below `end` (both sector-aligned). */
enum erase_kind flash_erase_fitting(u32 address, u32 end);
u32 flash_erase_size(enum erase_kind kind);
