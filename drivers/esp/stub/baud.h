/* Exact baud rate divisors. Pure. */
#pragma once

#include "types.h"

/* The divisor whose rate is nearest to `baud`: error of the rate, not of the divisor. */
static inline u32 nearest_divisor(u32 clock_Hz, u32 baud) {
  const u32 below = clock_Hz / baud; /* its rate is too high or exact */
  if (below == 0) return 1;
  /* clock/below - baud <= baud - clock/(below+1), cleared of fractions within 32 bits */
  const u32 high = clock_Hz / below - baud;
  const u32 low = baud - clock_Hz / (below + 1);
  return high <= low ? below : below + 1;
}

/* The UART clock is twice the crystal: 52 MHz or 80 MHz. Which one shows in the divisor that gave
   `baud` so far. `baud` 0 = unknown: 52 MHz, what nearly all modules have. */
static inline u32 uart_clock(u32 divisor, u32 baud) {
  if (baud == 0 || baud > 8000000) return 52000000;
  return divisor > 66000000 / baud ? 80000000 : 52000000;
}

/* Divisor for `wanted`, or 0 when no divisor comes within 3 %. */
static inline u32 divisor_for(u32 divisor_now, u32 baud_now, u32 wanted) {
  if (wanted < 300 || wanted > 5000000) return 0;
  const u32 clock_Hz = uart_clock(divisor_now, baud_now);
  const u32 divisor = nearest_divisor(clock_Hz, wanted);
  const u32 actual = clock_Hz / divisor;
  const u32 error = actual > wanted ? actual - wanted : wanted - actual;
  return error > wanted / 100 * 3 ? 0 : divisor;
}
