#!/usr/bin/env python3
"""Bring a port of the lab to the machine outside, through a socket file.

    bridge.py outside PORT SOCKET     listen on 127.0.0.1:PORT, connect to SOCKET
    bridge.py inside SOCKET PORT      listen on SOCKET, connect to 127.0.0.1:PORT
"""

import asyncio
import os
import sys
from pathlib import Path


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


def joined(connect):
    async def serve(reader, writer):
        try:
            far_reader, far_writer = await connect()
        except OSError:
            writer.close()
            return
        await asyncio.gather(pump(reader, far_writer),
                             pump(far_reader, writer))
    return serve


async def outside(port, path):
    serve = joined(lambda: asyncio.open_unix_connection(path))
    return await asyncio.start_server(serve, "127.0.0.1", int(port))


async def inside(path, port):
    Path(path).unlink(missing_ok=True)
    serve = joined(lambda: asyncio.open_connection("127.0.0.1", int(port)))
    return await asyncio.start_unix_server(serve, path)


async def main():
    kind, *words = sys.argv[1:]
    server = await {"outside": outside, "inside": inside}[kind](*words)
    async with server:
        # Without whoever started it there is nothing to bridge.
        parent = os.getppid()
        while os.getppid() == parent:
            await asyncio.sleep(0.5)


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("outside", "inside"):
        sys.exit(__doc__)
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
