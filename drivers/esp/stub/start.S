/* Entry, called by the ROM loader on its own stack with interrupts on. When stub_main returns, the
   ROM goes on behind the point where it would have entered the loader: it boots the flash. */
    .section .entry, "ax"
    .literal_position
    .literal boot_from_flash, 0x400010a8
    .global stub_entry
    .type stub_entry, @function
    .align 4
stub_entry:
    movi    a2, bss_start
    movi    a3, bss_end
    movi    a4, 0
1:  bgeu    a2, a3, 2f
    s32i    a4, a2, 0
    addi    a2, a2, 4
    j       1b
2:  call0   stub_main
    l32r    a0, boot_from_flash
    ret
