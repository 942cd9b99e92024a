"""Serves TLS with a certificate from AECS, which is renewed while the server runs: tls_context.py PORT.

The context stays the same, and so do open connections: each handshake after a rotation has the new certificate.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import ssl
import sys
from collections.abc import AsyncIterator

import aecs
from aecs import aio


def load(context: ssl.SSLContext, secret: aecs.Secret) -> None:
    """Puts a certificate and its key into a context. The module `ssl` reads files only, so they are in memory,
    without a name."""
    with secret, secret.field("certificate") as certificate, secret.field("private-key") as key:
        file = os.memfd_create("tls", os.MFD_CLOEXEC)
        try:
            for part in (certificate, b"\n", key):
                os.write(file, part)
            context.load_cert_chain(f"/proc/self/fd/{file}")
        finally:
            os.pwrite(file, bytes(len(certificate) + 1 + len(key)), 0)
            os.close(file)


@contextlib.asynccontextmanager
async def renewing_context(
    client: aio.Client, service: str, secret: str, *, every: float = 30.0
) -> AsyncIterator[ssl.SSLContext]:
    """A context with the current version of a certificate secret, as long as the block lasts."""
    watch = client.watch(service, secret, every=every)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load(context, await anext(watch))

    async def renew() -> None:
        while True:
            try:
                load(context, await anext(watch))
                logging.info("the certificate was renewed")
            except aecs.Error as error:
                # Deleted, or not for us any more: the former one goes on until somebody looks.
                logging.error("the certificate is not renewed: %s", error)

    renewing = asyncio.create_task(renew())
    try:
        yield context
    finally:
        renewing.cancel()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says hello to each line."""
    while line := await reader.readline():
        writer.write(b"hello " + line)
        await writer.drain()
    writer.close()


async def main() -> None:
    """Serves until it is stopped."""
    logging.basicConfig(level=logging.INFO)
    async with (
        aio.Client.from_env(wait_for_start=60) as client,
        renewing_context(client, "service1", "tls") as context,
        await asyncio.start_server(answer, "127.0.0.1", int(sys.argv[1]), ssl=context) as server,
    ):
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
