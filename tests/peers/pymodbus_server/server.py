"""Two meters and a relay board served by pymodbus. Usage: server.py rtu DEVICE | tcp PORT"""

import struct
import sys

from pymodbus.datastore import (ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext,
                                ModbusSparseDataBlock)
from pymodbus.server import StartSerialServer, StartTcpServer
from pymodbus.transaction import ModbusRtuFramer


def slave(registers):
    return ModbusSlaveContext(
        ir=ModbusSparseDataBlock(registers), hr=ModbusSequentialDataBlock(0, [0] * 16),
        co=ModbusSequentialDataBlock(0, [False] * 16),
        di=ModbusSequentialDataBlock(0, [False] * 16),
        zero_mode=True)  # else every address is off by one


floats = {}
for address in range(0, 0x50, 2):
    floats[address], floats[address + 1] = 0, 0
for address, value in {0x00: 230.2, 0x06: 4.35, 0x0C: 1001.3, 0x46: 50.01}.items():
    floats[address], floats[address + 1] = struct.unpack(">HH", struct.pack(">f", value))

integers = dict(enumerate([2305, 70000 & 0xFFFF, 70000 >> 16, 131329 & 0xFFFF, 131329 >> 16,
                           0, 0, 501, 100, 0]))

context = ModbusServerContext(
    slaves={1: slave(floats), 2: slave(integers), 3: slave({0: 0})}, single=False)
print("serving", flush=True)
if sys.argv[1] == "rtu":
    StartSerialServer(context=context, framer=ModbusRtuFramer, port=sys.argv[2], baudrate=9600,
                      bytesize=8, parity="N", stopbits=1)
else:
    StartTcpServer(context=context, address=("127.0.0.1", int(sys.argv[2])))
