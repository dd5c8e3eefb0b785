/* UART0: frames in by interrupt, frames out by polling. */
#pragma once

#include "frame.h"
#include "types.h"

void uart_open(void);
/* Masks the interrupts that the stub uses, so that other code can take the chip over. */
void uart_close(void);
/* The next complete frame, or 0. It stays valid until uart_release. */
struct slot* uart_frame(void);
void uart_release(struct slot* frame);
/* Sleeps until an interrupt, unless a frame is there already. */
void uart_sleep(void);
/* Sleeps for `count` cycles, or shorter when another interrupt comes. */
void sleep_cycles(u32 count);

void uart_begin(void);                         /* opens a frame */
void uart_bytes(const void* bytes, u32 count); /* escaped */
void uart_end(void);                           /* closes it */
/* Until the last bit has left. */
void uart_flush(void);
void uart_set_divisor(u32 divisor);
