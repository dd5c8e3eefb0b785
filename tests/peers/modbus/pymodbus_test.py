"""The clients of python3-pymodbus against the twin's instruments."""

import contextlib
import struct

from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.pdu import ExceptionResponse, ModbusRequest

from modbus_peer import CURRENT, FREQUENCY, POWER, VOLTAGE, instruments, near
from peer_tools import check, check_equal, run


@contextlib.contextmanager
def connected(client):
    check(client.connect(), "no connection")
    try:
        yield client
    finally:
        client.close()


def serial(server):
    return connected(ModbusSerialClient(port=server.pty, baudrate=9600, bytesize=8, parity="N",
                                        stopbits=1, timeout=2))


def tcp(port):
    return connected(ModbusTcpClient("127.0.0.1", port=port, timeout=2))


@contextlib.contextmanager
def both_transports():
    with instruments() as server, serial(server) as line, tcp(server.tcp) as network:
        yield server, (line, network)


def good(answer):
    check(not answer.isError(), str(answer))
    return answer


def floats(registers):
    raw = struct.pack(f">{len(registers)}H", *registers)
    return struct.unpack(f">{len(registers) // 2}f", raw)


def meters_are_read():
    with both_transports() as (server, clients):
        for client in clients:
            values = floats(good(client.read_input_registers(0, 80, slave=1)).registers)
            near(values[0], VOLTAGE, 0.05, "U")
            near(values[3], CURRENT, 0.005, "I")
            near(values[6], POWER, 0.05, "P")
            near(values[35], FREQUENCY, 0.01, "f")
        with tcp(server.wattmeter) as wattmeter:
            items = floats(good(wattmeter.read_input_registers(0x7D0, 18, slave=1)).registers)
            near(items[0], VOLTAGE, 0.01, "U of the WT310E")
            near(items[1], CURRENT, 0.001, "I of the WT310E")
            near(items[2], POWER, 0.1, "P of the WT310E")


def settings_are_written_and_read_back():
    with both_transports() as (_, clients):
        for client in clients:
            words = struct.unpack(">2H", struct.pack(">f", 60.0))
            good(client.write_registers(0x0C, words, slave=1))
            check_equal(floats(good(client.read_holding_registers(0x0C, 2, slave=1)).registers),
                        (60.0,), "pulse width")
            refused = client.write_registers(0x14, struct.unpack(">2H", struct.pack(">f", 248.0)),
                                             slave=1)
            check(isinstance(refused, ExceptionResponse), str(refused))
            check_equal(refused.exception_code, 3, "exception")


def relays_are_switched():
    with both_transports() as (server, clients):
        for client in clients:
            good(client.write_coil(2, True, slave=2))
            server.expect_relays("waveshare", (3, True))
            check_equal(good(client.read_coils(0, 8, slave=2)).bits,
                        [n == 2 for n in range(8)], "coils")
            good(client.write_coils(0, [True, False, False, True], slave=2))
            server.expect_relays("waveshare", (1, True), (3, False), (4, True))
            good(client.write_coil(0xFF, False, slave=2))  # all of them
            server.expect_relays("waveshare", (1, False), (4, False))
            check_equal(good(client.read_discrete_inputs(0, 8, slave=2)).bits,
                        [n == 1 for n in range(8)], "inputs")
            check_equal(good(client.read_holding_registers(0x8000, 1, slave=2)).registers, [200],
                        "version")


class VendorCoil(ModbusRequest):
    """Function 05 with a value that only the board's maker knows."""

    function_code = 5
    _rtu_frame_size = 8

    def __init__(self, address, value, unit):
        super().__init__(unit)
        self.address, self.value = address, value

    def encode(self):
        return struct.pack(">HH", self.address, self.value)

    def get_response_pdu_size(self):
        return 5


def pulses_end_without_a_master():
    with both_transports() as (server, clients):
        for client in clients:
            good(client.execute(VendorCoil(0x0200 + 4, 7, 2)))  # relay 5, 700 ms
            server.expect_relays("waveshare", (5, True), (5, False))
            check_equal(any(good(client.read_coils(0, 8, slave=2)).bits), False, "coils")
            good(client.execute(VendorCoil(0, 0x5500, 2)))  # toggle
            server.expect_relays("waveshare", (1, True))
            good(client.write_coil(0, False, slave=2))
            server.expect_relays("waveshare", (1, False))


def a_board_answers_at_255():
    with instruments() as server, tcp(server.tcp) as client:
        good(client.write_register(0x4000, 255, slave=2))
        good(client.write_coil(0, True, slave=255))
        server.expect_relays("waveshare", (1, True))
        check_equal(good(client.read_holding_registers(0x4000, 1, slave=255)).registers, [255],
                    "address")


run([meters_are_read, settings_are_written_and_read_back, relays_are_switched,
     pulses_end_without_a_master, a_board_answers_at_255])
