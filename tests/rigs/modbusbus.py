#!/usr/bin/env python3
"""A Modbus line of ptys with a slave that nobody here wrote (pymodbus), and a wire between that goes wrong on command.

    modbusbus.py LINK SERVED      where the line is found, and a file that gets a line for each answer of the slave

The slave has address 1. Holding registers 0x2800 and 0x2801 are a pH as the Yosemitech Y532 has it, a float with its lowest byte
first: 2.01 in the first answer, 0.01 more in each that follows, so that no answer can be taken for another. SERVED gets the number.

Prints "ready", then obeys lines on stdin, each a fault and what of it, and answers the first with "done 1.":

    drop SHARE       so many of all bytes vanish, both ways
    garble SHARE     so many of all bytes have one bit turned
    echo             what is sent comes back first, as from an adapter that hears itself
    noise HEX        these bytes come before each answer
    cut BYTES        an answer ends after so many bytes
    late SECONDS     an answer comes so much later, and what follows waits behind it
    mute             nothing comes through
    clean            all of this ends

The end of the process is that of the line, as when somebody pulls the adapter.
"""

import asyncio
import collections
import os
import pty
import random
import struct
import sys
import threading
import tty

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartSerialServer
from pymodbus.transaction import ModbusRtuFramer

FIRST_REGISTER = 0x2800
NUMBERS = 990


class CountingBlock(ModbusSequentialDataBlock):
    """Registers whose number grows with each answer."""

    def __init__(self, served):
        super().__init__(FIRST_REGISTER, [0, 0])
        self.served = served
        self.count = 0

    def getValues(self, address, count=1):
        self.count = self.count % NUMBERS + 1
        number = 2 + self.count / 100
        self.served.write(f"{number:.2f}\n")
        self.served.flush()
        return list(struct.unpack(">HH", struct.pack("<f", number)))[:count]


class Wire:
    """What joins the line to the slave."""

    def __init__(self, line, slave):
        self.line = line
        self.slave = slave
        self.random = random.Random(7)
        self.answers = collections.deque()
        self.clean()

    def clean(self):
        self.drop = 0.0
        self.garble = 0.0
        self.echoes = False
        self.noise = b""
        self.cut = None
        self.late_seconds = 0.0
        self.is_mute = False

    def do(self, command, argument):
        if command == "clean":
            self.clean()
        elif command == "drop":
            self.drop = float(argument)
        elif command == "garble":
            self.garble = float(argument)
        elif command == "echo":
            self.echoes = True
        elif command == "noise":
            self.noise = bytes.fromhex(argument)
        elif command == "cut":
            self.cut = int(argument)
        elif command == "late":
            self.late_seconds = float(argument)
        elif command == "mute":
            self.is_mute = True
        else:
            raise ValueError(f"unknown command {command}")

    def spoil(self, data):
        kept = (byte for byte in data if self.random.random() >= self.drop)
        return bytes(
            byte ^ (1 << self.random.randrange(8)) if self.random.random() < self.garble else byte for byte in kept)

    def ask(self):
        data = os.read(self.line, 4096)
        if self.is_mute:
            return
        if self.echoes:
            os.write(self.line, data)
        os.write(self.slave, self.spoil(data))

    def answer(self):
        data = os.read(self.slave, 4096)
        if self.is_mute:
            return
        data = self.noise + data
        data = data if self.cut is None else data[:self.cut]
        asyncio.get_running_loop().call_later(self.late_seconds, os.write, self.line, self.spoil(data))


def make_pty():
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    return ours, theirs


async def wait_for(slave):
    """Asks for a register that the slave does not have until it says so."""
    while True:
        os.write(slave, bytes.fromhex("010300000001840A"))
        await asyncio.sleep(0.2)
        try:
            os.read(slave, 4096)
            return
        except BlockingIOError:
            pass


async def obey(wire):
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    done = 0
    while line := (await reader.readline()).decode().split():
        wire.do(line[0], line[1] if len(line) > 1 else None)
        done += 1
        print(f"done {done}.", flush=True)


async def run(link, served_path):
    line, line_end = make_pty()
    slave, slave_end = make_pty()
    block = CountingBlock(open(served_path, "w", encoding="ascii"))
    context = ModbusServerContext(slaves={1: ModbusSlaveContext(hr=block, zero_mode=True)}, single=False)
    threading.Thread(
        target=lambda: StartSerialServer(context=context, framer=ModbusRtuFramer, port=os.ttyname(slave_end), baudrate=9600),
        daemon=True).start()
    await wait_for(slave)
    wire = Wire(line, slave)
    loop = asyncio.get_running_loop()
    loop.add_reader(line, wire.ask)
    loop.add_reader(slave, wire.answer)
    if os.path.lexists(link):
        os.unlink(link)
    os.symlink(os.ttyname(line_end), link)
    print("ready", flush=True)
    await obey(wire)


asyncio.run(run(*sys.argv[1:]))
