#!/usr/bin/env python3
"""An I2C bus with devices on it, as /dev/i2c-N, on a kernel that has no I2C at all.

vi2c.py DEVICE FAULTS: with an EZO-pH circuit of its own.
vi2c.py DEVICE --twins SOCKET: with the devices that `pond-sim devices` serves at a socket.

A FUSE mount whose root is a regular file lies over DEVICE. The ioctls of i2c-dev carry no size, so FUSE hands over only the
process, the command and a pointer: the messages are fetched from the caller's memory, and answers put there, with
process_vm_readv and process_vm_writev. Needs root and /dev/fuse. Serves one caller at a time, as an adapter does. Prints
"ready" when the bus is there. Ends, and takes the bus away, on SIGTERM or when its standard input ends, so that it does not
outlive whoever started it.

FAULTS is read before each transfer, one line for each trouble of an address:
    0x63 errno 121      the transfer fails with this number
    0x63 top-bits       the top bit of every byte that is read is set
    0x63 garble         every byte that is read is wrong
    0x63 second         an EZO-EC circuit has the same address: both answer at once, and a line that either pulls is low
    0x63 delay 0.5      the transfer takes so many seconds longer
"""
import ctypes
import errno
import os
import signal
import socket
import struct
import sys
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)


class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


for function in (libc.process_vm_readv, libc.process_vm_writev):
    function.restype = ctypes.c_ssize_t
    function.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong]


def move(function, pid, address, buffer):
    here = Piece(ctypes.cast(buffer, ctypes.c_void_p), len(buffer))
    there = Piece(address, len(buffer))
    if function(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0) != len(buffer):
        raise OSError(errno.EFAULT, "memory of the caller")


def fetch(pid, address, length):
    buffer = (ctypes.c_char * length)()
    if length:
        move(libc.process_vm_readv, pid, address, buffer)
    return buffer.raw


def put(pid, address, data):
    if data:
        move(libc.process_vm_writev, pid, address, (ctypes.c_char * len(data)).from_buffer_copy(data))


class Ezo:
    """An Atlas EZO-pH circuit: a command, time to work on it, then a code, a text and a zero."""

    def __init__(self, reading=b"7.010", kind=b"pH"):
        self.reading, self.kind = reading, kind
        self.ready = 0.0
        self.reply = b"\xff"

    def write(self, data):
        command = data.decode("ascii", "replace").upper()
        is_reading = command == "R" or command.startswith("RT,")
        self.ready = time.monotonic() + (0.9 if is_reading else 0.3)
        text = self.reading if is_reading else b"?i," + self.kind + b",2.14" if command == "I" else None
        self.reply = b"\x02" if text is None else b"\x01" + text + b"\0"

    def read(self, length):
        data = b"\xfe" if time.monotonic() < self.ready else self.reply
        return (data + b"\0" * length)[:length]


class Twins:
    """Devices at a socket: address, lengths and bytes out; 0 and bytes, or an error number, back."""

    def __init__(self, path):
        self.stream = socket.socket(socket.AF_UNIX)
        self.stream.connect(path)

    def transfer(self, address, data, length):
        self.stream.sendall(struct.pack("<BHH", address, len(data or b""), length) + (data or b""))
        code = self.take(1)[0]
        if code:
            raise OSError(code, "as the twin says")
        return self.take(length)

    def take(self, length):
        taken = b""
        while len(taken) < length:
            piece = self.stream.recv(length - len(taken))
            if not piece:
                raise OSError(errno.ENODEV, "the twins have gone")
            taken += piece
        return taken


twins = Twins(sys.argv[3]) if sys.argv[2] == "--twins" else None
devices = {0x63: Ezo()}
second = {0x63: Ezo(b"1413.0", b"EC")}
faults_path = sys.argv[2]


def faults(address):
    try:
        with open(faults_path) as file:
            lines = [line.split() for line in file]
    except FileNotFoundError:
        return {}
    return {line[1]: line[2:] for line in lines if len(line) > 1 and int(line[0], 16) == address}


def transfer(address, data, length):
    """Writes data, or reads length bytes where data is None."""
    if twins:
        return twins.transfer(address, data, length)
    trouble = faults(address)
    if "delay" in trouble:
        time.sleep(float(trouble["delay"][0]))
    if "errno" in trouble:
        raise OSError(int(trouble["errno"][0]), "as told")
    if address not in devices:
        raise OSError(errno.EREMOTEIO, "nobody acknowledges")  # what the adapter of a Pi gives
    if data is not None:
        devices[address].write(data)
        second[address].write(data)
        return b""
    answer = devices[address].read(length)
    if "second" in trouble:
        answer = bytes(one & other for one, other in zip(answer, second[address].read(length)))
    if "top-bits" in trouble:
        answer = bytes(value | 0x80 if index else value for index, value in enumerate(answer))
    if "garble" in trouble:
        answer = bytes(value ^ 0x5A for value in answer)
    return answer


# i2c-dev, as in <linux/i2c-dev.h> and <linux/i2c.h>.
I2C_FUNCS, I2C_RDWR = 0x0705, 0x0707
I2C_FUNC_I2C = 1
I2C_M_RD = 1
MESSAGES_MAX = 42


def ioctl(pid, command, pointer):
    if command == I2C_FUNCS:
        put(pid, pointer, struct.pack("<Q", I2C_FUNC_I2C))
        return 0
    if command != I2C_RDWR:
        raise OSError(errno.ENOTTY, "")
    messages, count = struct.unpack("<QI", fetch(pid, pointer, 12))
    if count > MESSAGES_MAX:
        raise OSError(errno.EINVAL, "")
    for index in range(count):
        address, flags, length, buffer = struct.unpack("<HHHxxQ", fetch(pid, messages + 16 * index, 16))
        if flags & I2C_M_RD:
            put(pid, buffer, transfer(address, None, length))
        else:
            transfer(address, fetch(pid, buffer, length), 0)
    return count


# As much of the FUSE protocol as one file needs, as in <linux/fuse.h>.
FORGET, GETATTR, SETATTR, OPEN, RELEASE, FLUSH, INIT, IOCTL, BATCH_FORGET = 2, 3, 4, 14, 18, 25, 26, 39, 42
REQUEST = struct.Struct("<IIQQIIIHH")
ATTRIBUTES = struct.pack("<QII", 1, 0, 0) + struct.pack("<QQQQQQIIIIIIIIII", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0o100666, 1, 0, 0, 0, 4096, 0)
DIRECT_STREAM = 1 | 4 | 16
VERSION = struct.pack("<IIIIHHIIHHI7I", 7, 31, 65536, 0, 12, 10, 65536, 1, 0, 0, 0, *([0] * 7))[:64]


def answer(operation, unique, pid, body):
    if operation == INIT:
        return VERSION
    if operation in (GETATTR, SETATTR):
        return ATTRIBUTES
    if operation == OPEN:
        return struct.pack("<QIi", unique, DIRECT_STREAM, 0)
    if operation == IOCTL:
        _, _, command, pointer, _, _ = struct.unpack_from("<QIIQII", body)
        return struct.pack("<iIII", ioctl(pid, command, pointer), 0, 0, 0)
    if operation in (RELEASE, FLUSH):
        return b""
    raise OSError(errno.ENOSYS, "")


def serve(fuse):
    while True:
        try:
            request = os.read(fuse, 1 << 18)
        except InterruptedError:
            continue
        except OSError:
            return
        length, operation, unique, _, _, _, pid, _, _ = REQUEST.unpack_from(request)
        if operation in (FORGET, BATCH_FORGET):
            continue
        code, data = 0, b""
        try:
            data = answer(operation, unique, pid, request[REQUEST.size:length])
        except OSError as error:
            code = error.errno
        try:
            os.write(fuse, struct.pack("<IiQ", 16 + len(data), -code, unique) + data)
        except OSError:
            pass  # the caller has gone meanwhile


def main(device):
    fuse = os.open("/dev/fuse", os.O_RDWR)
    if not os.path.exists(device):
        open(device, "w").close()
    options = b"fd=%d,rootmode=100666,user_id=0,group_id=0,allow_other" % fuse
    if libc.mount(b"vi2c", device.encode(), b"fuse.vi2c", 6, options):
        raise OSError(ctypes.get_errno(), "mount")

    def leave(*_):
        libc.umount2(device.encode(), 2)
        os.remove(device)
        os._exit(0)

    signal.signal(signal.SIGTERM, leave)
    threading.Thread(target=serve, args=(fuse,), daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()
    leave()


main(sys.argv[1])
