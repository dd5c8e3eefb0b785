#include "chip.h"
#include "commands.h"
#include "flash.h"
#include "uart.h"

static void announce(void) {
  uart_begin();
  uart_bytes("OHAI", 4);
  uart_end();
}

/* Returning boots the flash. */
void stub_main(void) {
  rom_set_user_start(0);
  flash_attach();
  uart_open();
  flash_open();
  announce();
  for (;;) {
    struct slot* frame = uart_frame();
    if (frame != 0) {
      if (!commands_run(frame)) break;
    } else if (commands_idle()) {
      sleep_cycles(CYCLES_PER_MS / 2);
    } else {
      uart_sleep();
    }
  }
  uart_flush();
  uart_close();
}
