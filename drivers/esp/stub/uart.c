#include "uart.h"

#include "chip.h"
#include "info.h"

typedef volatile u32* fifo_source;
static inline fifo_source fifo_open(void) {
  fifo_source fifo = &UART_FIFO;
  __asm__("" : "+r"(fifo)); /* in a register, not made anew for every byte */
  return fifo;
}
static inline u32 fifo_read(fifo_source fifo) { return *fifo & 0xff; }
#include "receiver.h"

/* An interrupt every 64 bytes leaves room for 64 more: 0.32 ms at 2 Mbaud. */
enum { RX_THRESHOLD = 64, RX_TIMEOUT_BYTES = 4 };

static struct receiver receiver;
static struct slot slots[SLOTS] __attribute__((section(".noinit")));
static u32 taken; /* index of the slot that is used next */

static void on_uart(void* unused) {
  (void)unused;
  const u32 cause = UART_INT_ST;
  if (cause & UART_RX_OVERFLOW) ++info.overflows;
  for (u32 count; (count = UART_STATUS & 0xff) != 0;) receive(&receiver, slots, count);
  info.lost = receiver.lost;
  UART_INT_CLR = cause;
}

static void on_timer(void* unused) {
  (void)unused;
  set_timer(cycles() - 1); /* also clears the interrupt */
}

void uart_open(void) {
  const u32 used = (1u << INTERRUPT_UART) | (1u << INTERRUPT_TIMER);
  rom_isr_mask(used);
  for (u32 i = 0; i != SLOTS; ++i) slots[i].ready = 0;
  receiver.at = receiver.end = 0;
  receiver.slot = 0;
  receiver.fill = receiver.sum = receiver.escaped = receiver.damaged = 0;
  taken = 0;
  UART_CONF1 = RX_THRESHOLD | (RX_TIMEOUT_BYTES << 24) | 0x80000000u;
  UART_INT_ENA = UART_RX_FULL | UART_RX_TIMEOUT | UART_RX_OVERFLOW;
  UART_INT_CLR = UART_ALL_INTERRUPTS;
  set_timer(cycles() - 1);
  rom_isr_attach(INTERRUPT_UART, on_uart, 0);
  rom_isr_attach(INTERRUPT_TIMER, on_timer, 0);
  rom_isr_unmask(used);
}

void uart_close(void) { rom_isr_mask((1u << INTERRUPT_UART) | (1u << INTERRUPT_TIMER)); }

struct slot* uart_frame(void) {
  struct slot* next = &slots[taken];
  return next->ready ? next : 0;
}

void uart_release(struct slot* frame) {
  taken = taken + 1 == SLOTS ? 0 : taken + 1;
  __asm__ volatile("" : : : "memory"); /* last use before the flag */
  frame->ready = 0;
}

void uart_sleep(void) {
  const u32 before = hold_interrupts();
  if (!slots[taken].ready) sleep_until_interrupt();
  release_interrupts(before);
}

void sleep_cycles(u32 count) {
  const u32 before = hold_interrupts();
  set_timer(cycles() + count);
  sleep_until_interrupt();
  release_interrupts(before);
}

static u32 sending(void) { return (UART_STATUS >> 16) & 0xff; }

static void send(u32 byte) {
  while (sending() >= UART_FIFO_BYTES - 2) {
  }
  UART_FIFO = byte;
}

void uart_begin(void) { send(SLIP_END); }
void uart_end(void) { send(SLIP_END); }

void uart_bytes(const void* bytes, u32 count) {
  const u8* at = bytes;
  for (const u8* end = at + count; at != end; ++at) {
    u32 byte = *at;
    if (byte == SLIP_END) {
      send(SLIP_ESCAPE);
      byte = SLIP_ESCAPED_END;
    } else if (byte == SLIP_ESCAPE) {
      send(SLIP_ESCAPE);
      byte = SLIP_ESCAPED_ESCAPE;
    }
    send(byte);
  }
}

void uart_flush(void) {
  while (sending() != 0) {
  }
  /* The last byte is in the shift register now: ten bits. Core and UART share their clock. */
  const u32 start = cycles();
  const u32 byte = 10 * (UART_CLKDIV & 0xfffff);
  while (cycles() - start < byte) {
  }
}

void uart_set_divisor(u32 divisor) { UART_CLKDIV = divisor; }
