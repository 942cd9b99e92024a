"""The clients for event loops."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from conftest import Installation

import aecs
from aecs import aio


def connecting(installation: Installation) -> aio.Connecting[aio.Client]:
    return aio.Client.from_kubeconfig(installation.application, simulation=installation.enclave())


def run(test: Callable[[aio.Client], Coroutine[Any, Any, None]], installation: Installation) -> None:
    async def connected() -> None:
        async with connecting(installation) as client:
            await test(client)

    asyncio.run(connected())


def test_calls_are_awaited_and_run_at_the_same_time(installation: Installation) -> None:
    installation.create("aio", "SECRET_TYPE_IMPORT_DATA", data="one")

    async def test(client: aio.Client) -> None:
        assert (await client.get("service1", "aio")).bytes() == b"one"
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(client.get("service1", "aio")) for _ in range(32)]
        assert [task.result().version for task in tasks] == [1] * 32
        assert await client.list_secrets("service1", "aio") == [aecs.ListedSecret("aio", "SECRET_TYPE_IMPORT_DATA", 1)]
        with pytest.raises(aecs.DeniedError):
            await client.get("service1", "there-is-none")
        with pytest.raises(KeyError):
            (await client.get("service1", "aio")).field("none")

    run(test, installation)


def test_a_client_is_awaited_or_used_with_async_with(installation: Installation) -> None:
    async def test() -> None:
        client = await connecting(installation)
        async with client:
            await client.list_secrets("service1", "aio")
        with pytest.raises(aecs.UsageError, match="closed"):
            await client.get("service1", "aio")
        async with connecting(installation) as another:
            await another.list_secrets("service1", "aio")
        with pytest.raises(aecs.UsageError, match="the client is closed"):
            await another.list_secrets("service1", "aio")
        with pytest.raises(aecs.UnreadableError):
            async with aio.Client.from_kubeconfig("/nowhere", simulation=installation.enclave()):
                pass

    asyncio.run(test())


def test_the_loop_goes_on_during_a_call(installation: Installation) -> None:
    async def test(client: aio.Client) -> None:
        waiting = asyncio.create_task(client.get_when_ready("service1", "never", 0.5))
        turns = 0
        while not waiting.done():
            await asyncio.sleep(0.001)
            turns += 1
        assert turns > 20
        with pytest.raises(aecs.DeniedError):
            await waiting

    run(test, installation)


def test_calls_are_cancelled(installation: Installation) -> None:
    installation.create("cancelled", "SECRET_TYPE_IMPORT_DATA", data="one")

    async def test(client: aio.Client) -> None:
        began = time.monotonic()
        waiting = asyncio.create_task(client.get_when_ready("service1", "never", 60))
        await asyncio.sleep(0.2)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.get_when_ready("service1", "never", 60)
        assert time.monotonic() - began < 5
        assert (await client.get("service1", "cancelled")).version == 1
        # At its end, a wait asks once more, which the owner of the service sees; one that was cancelled does not.
        waits = [asyncio.create_task(client.get_when_ready("service1", name, 0.4)) for name in ("goes-on", "ended")]
        await asyncio.sleep(0.1)
        waits[1].cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        await asyncio.sleep(0.6)
        async with aio.ServiceClient.from_kubeconfig(
            installation.kubetee / "service_admin_test.kubeconfig"
        ) as owner:
            refused = [denial.secret for denial in await owner.denials()]
        assert "goes-on" in refused and "ended" not in refused

    run(test, installation)


def test_a_cancelled_wait_of_a_watch_loses_no_version(installation: Installation) -> None:
    installation.create("aio-watched", "SECRET_TYPE_IMPORT_DATA", data="one")

    async def test(client: aio.Client) -> None:
        watch = client.watch("service1", "aio-watched", every=0.2)
        first = await anext(watch)
        assert first.version == 1
        for _ in range(20):
            # Cancelled at every moment of a question.
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.03):
                    await anext(watch)
        async with aio.ServiceClient.from_kubeconfig(
            installation.kubetee / "service_admin_test.kubeconfig"
        ) as owner:
            assert await owner.put("aio-watched", "two") == 2
            deadline = time.monotonic() + 60
            while True:
                assert time.monotonic() < deadline
                try:
                    async with asyncio.timeout(0.01):
                        second = await anext(watch)
                        break
                except TimeoutError:
                    pass
            assert second.version == 2
            await owner.put("aio-watched", "three")
        async for third in watch:
            assert third.bytes() == b"three"
            break

    run(test, installation)


def test_a_wait_that_is_cancelled_when_its_answer_is_there_loses_no_version(installation: Installation) -> None:
    installation.create("aio-late", "SECRET_TYPE_IMPORT_DATA", data="one")

    async def test(client: aio.Client) -> None:
        watch = client.watch("service1", "aio-late", every=0.1)
        assert (await anext(watch)).version == 1
        waiting = asyncio.ensure_future(anext(watch))
        await asyncio.sleep(0.1)
        with aecs.ServiceClient.from_kubeconfig(installation.kubetee / "service_admin_test.kubeconfig") as owner:
            assert owner.put("aio-late", "two") == 2
        # The answer comes while the event loop stands still, so it is delivered after the cancellation.
        time.sleep(3)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        async with asyncio.timeout(30):
            assert (await anext(watch)).version == 2

    run(test, installation)


def test_a_loop_that_ends_during_a_call_leaves_nothing_behind(installation: Installation) -> None:
    async def test() -> Awaitable[aecs.Secret]:
        client = await connecting(installation)
        return asyncio.ensure_future(client.get_when_ready("service1", "never", 0.3))

    asyncio.run(test())
    time.sleep(0.6)

    async def again(client: aio.Client) -> None:
        await client.list_secrets("service1", "aio")

    run(again, installation)


def test_keys_service_and_administrator(installation: Installation) -> None:
    use = "    use:\n      operations: [encrypt, decrypt]\n      admin: [encrypt]\n"
    installation.create("aio-transit", "SECRET_TYPE_AES256_KEY", more=use)

    async def test(client: aio.Client) -> None:
        key = client.key("service1", "aio-transit")
        async with aio.ServiceClient.from_kubeconfig(
            installation.kubetee / "service_admin_test.kubeconfig"
        ) as owner:
            sealed = await owner.key("aio-transit").encrypt(b"4111")
            assert await key.decrypt(sealed) == b"4111"
            with pytest.raises(aecs.DeniedError):
                await owner.key("aio-transit").decrypt(sealed)
        async with aio.AdminClient.from_kubeconfig(
            installation.kubetee / "aecs_admin_test.kubeconfig"
        ) as admin:
            assert (await admin.status()).phase == "Working"
            assert [service.name for service in await admin.services()] == ["service1"]

    run(test, installation)


@pytest.mark.parametrize(
    ("plain", "asynchronous"),
    [
        (aecs.Client, aio.Client),
        (aecs.Key, aio.Key),
        (aecs.Watch, aio.Watch),
        (aecs.ServiceClient, aio.ServiceClient),
        (aecs.AdminClient, aio.AdminClient),
        (aecs.CustodianClient, aio.CustodianClient),
    ],
)
def test_both_kinds_of_clients_have_the_same_calls(plain: type, asynchronous: type) -> None:
    def calls(of: type) -> dict[str, list[str]]:
        public = [name for name in dir(of) if not name.startswith("_") and callable(getattr(of, name))]
        signatures = {name: inspect.signature(getattr(of, name)) for name in public}
        return {name: [str(it) for it in signature.parameters.values()] for name, signature in signatures.items()}

    assert calls(plain) == calls(asynchronous)
