# Runs every case of the table in turn, then writes all state blocks to standard output.
# A case is entered with a1…a15 = its state block; it comes back by a jump to `back`, which is the
# first instruction of the image so that the generator knows its address.

        .section .driver, "awx"
        .global _start
        .begin  no-transform
        .literal_position
        .align  4
back:
        j       next
        .align  4
.Lcursor:       .word   table
.Lcursor_at:    .word   .Lcursor
.Ltable_end:    .word   table_end
.Lstates:       .word   states
.Lsize:         .word   states_end - states

        .align  4
_start:
next:
        l32r    a2, .Lcursor_at
        l32i    a3, a2, 0
        l32r    a4, .Ltable_end
        beq     a3, a4, done
        l32i    a0, a3, 0
        l32i    a4, a3, 4
        addi    a3, a3, 8
        s32i    a3, a2, 0
        .irp    n, 1,2,3,5,6,7,8,9,10,11,12,13,14,15
        or      a\n, a4, a4
        .endr
        jx      a0

done:
        l32r    a12, .Lstates
        l32r    a13, .Lsize
more:
        movi    a2, 13                  # write(1, a12, a13)
        movi    a6, 1
        or      a3, a12, a12
        or      a4, a13, a13
        syscall
        movi    a6, 1
        blti    a2, 1, leave
        add     a12, a12, a2
        sub     a13, a13, a2
        bnez    a13, more
        movi    a6, 0
leave:
        movi    a2, 118                 # exit(a6)
        syscall
        .end    no-transform

        .section .states, "aw"
        .align  4
states:
        .incbin "states.bin"
states_end:

        .section .table, "aw"
        .align  4
table:
        .incbin "table.bin"
table_end:

        .section .cases, "ax"
        .incbin "cases.bin"
