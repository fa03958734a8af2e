#!/usr/bin/env python3
"""TCP links that go bad on command: a proxy for each, all in one process.

    badlink.py NAME=HOST:PORT,HOST:PORT ...      a name, where it listens, where it leads

Prints "ready", then obeys lines on stdin, "NUMBER NAME COMMAND [ARGUMENT]", and answers each with "done NUMBER." or
"cannot NUMBER: why". Whatever is in force holds for all connections of a link, those to come too, unless it says otherwise.

    latency MS     what comes in goes out this much later, each way
    rate BYTES     at most so many bytes a second, each way
    hold           nothing passes any more and nothing is closed; new connections are taken and held too
    freeze         the same, for ever, for the connections that are there now; new ones are good
    reset          connections that are there now are reset on both sides
    cut BYTES      after so many more bytes towards the server: reset on both sides, and "cut NAME." is printed
    refuse         new connections are reset at once
    http STATUS    whatever is asked is answered with this status, and does not reach the server
    deaf           what the server answers is thrown away and the asker is reset: it was done, and nobody hears it
    clean          all of this ends, but for what is frozen or closed
"""

import asyncio
import socket
import struct
import sys

CHUNK_BYTES = 4096
CHUNKS_WAITING_MAX = 16


def reset(writer):
    """Closes with RST instead of FIN."""
    if not writer.transport.is_closing():
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


class Link:
    """One proxy and what is wrong with it."""

    def __init__(self, name, target):
        self.name = name
        self.target = target
        self.connections = set()
        self.open = asyncio.Event()
        self.free_at = {True: 0.0, False: 0.0}
        self.clean()

    def clean(self):
        self.latency_seconds = 0.0
        self.rate = 0
        self.cut_after = None
        self.refuses = False
        self.status = None
        self.is_deaf = False
        self.open.set()

    def do(self, command, argument):
        if command == "clean":
            self.clean()
        elif command == "latency":
            self.latency_seconds = int(argument) / 1000
        elif command == "rate":
            self.rate = int(argument)
        elif command == "hold":
            self.open.clear()
        elif command == "freeze":
            for connection in self.connections:
                connection.is_frozen = True
        elif command == "reset":
            for connection in list(self.connections):
                connection.reset()
        elif command == "cut":
            self.cut_after = int(argument)
        elif command == "refuse":
            self.refuses = True
        elif command == "http":
            self.status = int(argument)
        elif command == "deaf":
            self.is_deaf = True
        else:
            raise ValueError("unknown command " + command)

    async def pace(self, is_up, count):
        """Waits until so many bytes may leave."""
        if self.rate:
            now = asyncio.get_running_loop().time()
            self.free_at[is_up] = max(now, self.free_at[is_up]) + count / self.rate
            await asyncio.sleep(self.free_at[is_up] - now)

    async def accept(self, reader, writer):
        if self.refuses:
            reset(writer)
            return
        try:
            onward_reader, onward_writer = await asyncio.open_connection(*self.target)
        except OSError:
            reset(writer)
            return
        connection = Connection(self, writer, onward_writer)
        self.connections.add(connection)
        try:
            await asyncio.gather(
                connection.carry(reader, onward_writer, True), connection.carry(onward_reader, writer, False))
        finally:
            self.connections.discard(connection)


class Connection:
    """A connection of somebody to the proxy and the one behind it."""

    def __init__(self, link, asker, server):
        self.link = link
        self.asker = asker
        self.server = server
        self.is_frozen = False

    def reset(self):
        reset(self.asker)
        reset(self.server)

    async def carry(self, reader, writer, is_up):
        """Moves bytes one way until their end, or until one of both sides is gone."""
        waiting = asyncio.Queue(CHUNKS_WAITING_MAX)
        reading = asyncio.create_task(self.read(reader, waiting))
        try:
            while True:
                due, chunk = await waiting.get()
                await self.pass_on(due, chunk, writer, is_up)
                if not chunk:
                    return
        except (ConnectionError, OSError):
            self.reset()
        finally:
            reading.cancel()

    async def read(self, reader, waiting):
        loop = asyncio.get_running_loop()
        try:
            while chunk := await reader.read(CHUNK_BYTES):
                await waiting.put((loop.time() + self.link.latency_seconds, chunk))
        except (ConnectionError, OSError):
            pass
        await waiting.put((loop.time() + self.link.latency_seconds, b""))

    async def pass_on(self, due, chunk, writer, is_up):
        await asyncio.sleep(due - asyncio.get_running_loop().time())
        await self.link.pace(is_up, len(chunk))
        await self.link.open.wait()
        if self.is_frozen:
            # Whoever is on the other side never learns that this one is gone.
            await asyncio.get_running_loop().create_future()
        if not chunk:
            writer.close()
            return
        if is_up and self.link.status is not None:
            answer = "HTTP/1.1 %d Fault\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % self.link.status
            self.asker.write(answer.encode())
            await self.asker.drain()
            self.asker.close()
            reset(self.server)
            raise ConnectionAbortedError
        if not is_up and self.link.is_deaf:
            self.reset()
            raise ConnectionAbortedError
        if is_up and self.link.cut_after is not None:
            left = self.link.cut_after
            self.link.cut_after = left - len(chunk)
            if self.link.cut_after <= 0:
                self.link.cut_after = None
                writer.write(chunk[:left])
                await writer.drain()
                self.reset()
                print("cut %s." % self.link.name, flush=True)
                raise ConnectionAbortedError
        writer.write(chunk)
        await writer.drain()


async def main(arguments):
    if not arguments:
        sys.exit(__doc__)
    links = {}
    servers = []
    for argument in arguments:
        name, ways = argument.split("=")
        listen, target = [way.rsplit(":", 1) for way in ways.split(",")]
        links[name] = Link(name, (target[0], int(target[1])))
        servers.append(await asyncio.start_server(links[name].accept, listen[0], int(listen[1]), limit=CHUNK_BYTES))
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    print("ready", flush=True)
    while words := (await commands.readline()).decode().split():
        try:
            links[words[1]].do(words[2], words[3] if len(words) > 3 else None)
            print("done %s." % words[0], flush=True)
        except (KeyError, ValueError, TypeError, IndexError) as error:
            print("cannot %s: %s" % (words[0], error), flush=True)


asyncio.run(main(sys.argv[1:]))
