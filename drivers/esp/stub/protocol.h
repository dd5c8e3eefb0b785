/* Names of the protocol shared with the public stubs.
   Source: ESP8266 flashing notes, framing and commands of the stub. */
#pragma once

#include "types.h"

enum op {
  OP_FLASH_BEGIN = 0x02,
  OP_FLASH_DATA = 0x03,
  OP_FLASH_END = 0x04,
  OP_MEM_BEGIN = 0x05,
  OP_MEM_END = 0x06,
  OP_MEM_DATA = 0x07,
  OP_SYNC = 0x08,
  OP_WRITE_REG = 0x09,
  OP_READ_REG = 0x0a,
  OP_SPI_SET_PARAMS = 0x0b,
  OP_SPI_ATTACH = 0x0d,
  OP_CHANGE_BAUD = 0x0f,
  OP_FLASH_MD5 = 0x13,
  OP_ERASE_FLASH = 0xd0,
  OP_ERASE_REGION = 0xd1,
  OP_READ_FLASH = 0xd2,
  OP_RUN_USER_CODE = 0xd3,
};

/* First status byte of an answer; the second is 0. */
enum status {
  OK = 0,
  BAD_LENGTH = 0xc0,
  BAD_CHECKSUM = 0xc1,
  TOO_BIG = 0xc2,
  INVALID = 0xc3,
  FLASH_FAILED = 0xc4,
  UNLOCK_FAILED = 0xc5,
  NOT_BEGUN = 0xc6,
  NOT_ENOUGH_DATA = 0xc8,
  TOO_MUCH_DATA = 0xc9,
  NOT_IMPLEMENTED = 0xff,
};

/* A request: direction 0, op, length | checksum | data. */
struct request {
  u8 direction, op;
  u16 length;
  u32 checksum;
  u32 data[];
};

/* The head of every data command, before the payload. */
enum { DATA_LENGTH, DATA_SEQUENCE, DATA_PAYLOAD = 4, DATA_HEAD_BYTES = 16 };

/* What a command has to say. */
struct answer {
  u32 value;
  u32 extra; /* bytes of `digest` to send */
  u8 digest[16];
  u32 copies; /* 0 = no answer */
  /* What follows the answer; 0 = nothing. The frame is still there for the first, and free for
     new bytes in the second. */
  void (*then)(const struct request* request);
  void (*later)(void);
};

/* Commands of a family; each returns a status. */
typedef u32 command_body(const struct request* request, struct answer* answer);
