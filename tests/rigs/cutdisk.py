#!/usr/bin/env python3
"""A disk that remembers everything it was told, in the order in which it was told.

    cutdisk.py IMAGE DISK ACKS LOG

Mounts two FUSE files, without any library but the kernel's own protocol:

    DISK   the content of IMAGE, to be used as the file behind a loop device. Every write and every flush is logged.
    ACKS   takes lines: what a program claims to be durable. They go into the same log, so that it is known which claim came
           after which flush. In a file of its own the order would be lost.

LOG is a row of records: kind (1 byte: W write, F flush, A claim), offset (8 bytes), count (4 bytes), the bytes.
replay.py makes of it the disk as a power cut at any point would have left it.

Prints `ready` once both files are there. Ends, and takes both away, on SIGTERM or when its standard input ends, so that it
does not outlive whoever started it. Needs root and /dev/fuse. Whatever is mounted on DISK is to be unmounted before.
"""

import ctypes
import errno
import os
import signal
import struct
import sys
import threading

# Operations of include/uapi/linux/fuse.h, those that a single regular file is asked for.
FORGET, GETATTR, SETATTR, OPEN, READ, WRITE = 2, 3, 4, 14, 15, 16
STATFS, RELEASE, FSYNC, FLUSH, INIT, BATCH_FORGET, FALLOCATE = 17, 18, 20, 25, 26, 42, 43

REQUEST_HEADER_BYTES = 40
WRITE_BYTES_MAX = 128 * 1024
REQUEST_BYTES_MAX = WRITE_BYTES_MAX + 8192

OPEN_KEEP_CACHE = 1 << 1
# Each write of a claim is a request of its own, and nobody seeks.
OPEN_DIRECT_NONSEEKABLE_STREAM = 1 << 0 | 1 << 2 | 1 << 4
INIT_BIG_WRITES = 1 << 5

MNT_DETACH = 2
MS_NOSUID_NODEV = 2 | 4

libc = ctypes.CDLL(None, use_errno=True)


class Log:
    """The one order of everything. Thread-safe."""

    def __init__(self, path):
        self.file = open(path, "wb", buffering=1 << 20)
        self.lock = threading.Lock()

    def note(self, kind, offset=0, content=b""):
        with self.lock:
            self.file.write(struct.pack("<cQI", kind, offset, len(content)) + content)

    def close(self):
        with self.lock:
            self.file.close()


class Disk:
    """The content of the image."""

    open_flags = OPEN_KEEP_CACHE

    def __init__(self, image, log):
        self.content = os.open(image, os.O_RDWR)
        self.size = os.fstat(self.content).st_size
        self.log = log

    def read(self, offset, count):
        return os.pread(self.content, count, offset)

    def write(self, offset, content):
        os.pwrite(self.content, content, offset)
        self.log.note(b"W", offset, content)

    def flush(self):
        self.log.note(b"F")


class Claims:
    """Takes lines and gives none back."""

    open_flags = OPEN_DIRECT_NONSEEKABLE_STREAM
    size = 0

    def __init__(self, log):
        self.log = log

    def read(self, offset, count):
        return b""

    def write(self, offset, content):
        self.log.note(b"A", 0, content)

    def flush(self):
        pass


def attributes(size):
    """struct fuse_attr of a regular file that anybody may write."""
    blocks = (size + 511) // 512
    return struct.pack("<6Q10I", 1, size, blocks, 0, 0, 0, 0, 0, 0, 0o100666, 1, 0, 0, 0, 4096, 0)


def answer(file, operation, body):
    """The answer to a request: an error number and bytes."""
    if operation == INIT:
        _, minor = struct.unpack_from("<II", body)
        return 0, struct.pack("<4IHHIIHHI7I", 7, min(minor, 31), 131072, INIT_BIG_WRITES, 12, 10, WRITE_BYTES_MAX, 1, 0, 0, 0, *[0] * 7)
    if operation in (GETATTR, SETATTR):
        return 0, struct.pack("<QII", 0, 0, 0) + attributes(file.size)
    if operation == OPEN:
        return 0, struct.pack("<QIi", 1, file.open_flags, 0)
    if operation == READ:
        _, offset, count = struct.unpack_from("<QQI", body)
        return 0, file.read(offset, count)
    if operation == WRITE:
        _, offset, count = struct.unpack_from("<QQI", body)
        file.write(offset, body[40:40 + count])
        return 0, struct.pack("<II", count, 0)
    if operation == FSYNC:
        file.flush()
        return 0, b""
    if operation == STATFS:
        return 0, struct.pack("<5Q4I24x", 0, 0, 0, 0, 0, 512, 255, 512, 0)
    if operation in (RELEASE, FLUSH):
        return 0, b""
    # Discarding and zeroing: the loop device does without where it is refused.
    return (errno.EOPNOTSUPP if operation == FALLOCATE else errno.ENOSYS), b""


def serve(device, file):
    """Answers the kernel until the file is unmounted."""
    while True:
        try:
            request = os.read(device, REQUEST_BYTES_MAX)
        except OSError as error:
            # A request that was interrupted before it was read.
            if error.errno in (errno.EINTR, errno.ENOENT):
                continue
            return
        length, operation, unique = struct.unpack_from("<IIQ", request)
        if operation in (FORGET, BATCH_FORGET):
            continue
        error, content = answer(file, operation, request[REQUEST_HEADER_BYTES:length])
        content = b"" if error else content
        os.write(device, struct.pack("<IiQ", 16 + len(content), -error, unique) + content)


def mount(path, file):
    """Puts a file at a path and begins to serve it."""
    try:
        device = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        sys.exit(f"cutdisk.py: /dev/fuse cannot be opened ({error.strerror}): run as root, on a kernel with FUSE")
    open(path, "a").close()
    options = b"fd=%d,rootmode=100666,user_id=0,group_id=0,allow_other" % device
    if libc.mount(b"cutdisk", path.encode(), b"fuse.cutdisk", MS_NOSUID_NODEV, options) != 0:
        sys.exit(f"cutdisk.py: cannot mount on {path} ({os.strerror(ctypes.get_errno())}): run as root")
    threading.Thread(target=serve, args=(device, file), daemon=True).start()


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    image, disk, claims, log_path = sys.argv[1:]
    log = Log(log_path)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        mount(disk, Disk(image, log))
        mount(claims, Claims(log))
        print("ready", flush=True)
        while os.read(0, 4096):
            pass
    finally:
        for path in (disk, claims):
            libc.umount2(path.encode(), MNT_DETACH)
        log.close()


main()
