/* What the stub uses of the ESP8266: registers, ROM functions, core instructions.
   Source of addresses and bits: ESP8266 flashing notes, UART0, SPI0 and ROM functions. */
#pragma once

#include "types.h"

#define REG(address) (*(volatile u32*)(address))

#define UART_FIFO REG(0x60000000)
#define UART_INT_ST REG(0x60000008)
#define UART_INT_ENA REG(0x6000000c)
#define UART_INT_CLR REG(0x60000010)
#define UART_CLKDIV REG(0x60000014)
#define UART_STATUS REG(0x6000001c)
#define UART_CONF0 REG(0x60000020)
#define UART_CONF1 REG(0x60000024)

enum {
  UART_RX_FULL = 1u << 0,
  UART_RX_OVERFLOW = 1u << 4,
  UART_RX_TIMEOUT = 1u << 8,
  UART_ALL_INTERRUPTS = 0x1ff,
  UART_CONF0_RX_RESET = 1u << 17,
  UART_FIFO_BYTES = 128,
};

#define SPI_CMD REG(0x60000200)
#define SPI_ADDR REG(0x60000204)
#define SPI_CTRL REG(0x60000208)
#define SPI_CLOCK REG(0x60000218)
#define SPI_USER REG(0x6000021c)
#define SPI_USER1 REG(0x60000220)
#define SPI_USER2 REG(0x60000224)
#define SPI_W ((volatile u32*)0x60000240)

enum {
  SPI_CMD_USR = 1u << 18,
  SPI_USER_MOSI = 1u << 27,
  SPI_USER_MISO = 1u << 28,
  SPI_USER_ADDR = 1u << 30,
};
#define SPI_USER_COMMAND 0x80000000u

enum { INTERRUPT_UART = 5, INTERRUPT_TIMER = 6 };

void rom_software_reset(void) __attribute__((noreturn));
void rom_set_user_start(void (*entry)(void));
void rom_isr_attach(u32 number, void (*handler)(void*), void* argument);
void rom_isr_mask(u32 bits);
void rom_isr_unmask(u32 bits);
void rom_flash_attach(u32 spi, u32 legacy);

struct md5 {
  u32 state[4];
  u32 bits[2];
  u8 block[64];
};
void rom_md5_init(struct md5* context);
void rom_md5_update(struct md5* context, const void* bytes, u32 count);
void rom_md5_final(u8* digest, struct md5* context);

/* The core runs at twice the crystal, as the UART does: 52 MHz with 26 MHz, 80 MHz with 40 MHz.
   A time limit counted with the larger of the two is never shorter than it says. */
enum { CYCLES_PER_US = 80, CYCLES_PER_MS = 80000 };

static inline u32 cycles(void) {
  u32 now;
  __asm__ volatile("rsr %0, ccount" : "=a"(now));
  return now;
}

static inline void set_timer(u32 at_cycle) {
  __asm__ volatile("wsr %0, ccompare0\n\tesync" : : "a"(at_cycle));
}

/* Holds interrupts off, so that a test and the sleep that follows it cannot be torn apart. */
static inline u32 hold_interrupts(void) {
  u32 before;
  __asm__ volatile("rsil %0, 1" : "=a"(before) : : "memory");
  return before;
}

static inline void release_interrupts(u32 before) {
  __asm__ volatile("wsr %0, ps\n\trsync" : : "a"(before) : "memory");
}

/* Lets interrupts in again and sleeps until the next one has been served. */
static inline void sleep_until_interrupt(void) { __asm__ volatile("waiti 0" : : : "memory"); }
