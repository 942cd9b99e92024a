"""How long a get takes from Python: get_latency.py SERVICE SECRET [COUNT]. Prints one line of JSON.

The variables of aecs_client_cli name the server: AECS_SERVER_POLICY and others.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time

import aecs
from aecs import aio


def figures(name: str, times: list[float]) -> dict[str, float | str | int]:
    """The figures of some calls, in microseconds."""
    ranked = sorted(times)
    return {
        "client": name,
        "calls": len(times),
        "p50_us": round(1e6 * statistics.median(ranked), 1),
        "p99_us": round(1e6 * ranked[len(ranked) * 99 // 100], 1),
    }


def measure(client: aecs.Client, service: str, secret: str, count: int) -> dict[str, float | str | int]:
    """The calls of the plain client, one after another. The first ones begin the session."""
    times = []
    for i in range(count + 10):
        begin = time.perf_counter()
        client.get(service, secret).close()
        if i >= 10:
            times.append(time.perf_counter() - begin)
    return figures("python", times)


async def measure_aio(
    client: aio.Client, service: str, secret: str, count: int
) -> dict[str, float | str | int]:
    """The same with the client for event loops."""
    times = []
    for i in range(count + 10):
        begin = time.perf_counter()
        (await client.get(service, secret)).close()
        if i >= 10:
            times.append(time.perf_counter() - begin)
    return figures("python-asyncio", times)


async def _measured_aio(service: str, secret: str, count: int) -> dict[str, float | str | int]:
    async with aio.Client.from_env() as client:
        return await measure_aio(client, service, secret, count)


def main() -> None:
    """Measures both clients."""
    service, secret, *rest = sys.argv[1:]
    count = int(rest[0]) if rest else 1000
    with aecs.Client.from_env() as client:
        plain = measure(client, service, secret, count)
    print(json.dumps([plain, asyncio.run(_measured_aio(service, secret, count))]))


if __name__ == "__main__":
    main()
