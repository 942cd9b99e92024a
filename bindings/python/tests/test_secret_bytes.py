"""Secrets in memory: what shows them, and when they are wiped."""

from __future__ import annotations

import copy
import ctypes
import gc
import io
import pickle
from collections.abc import Callable

import pytest
from conftest import in_threads, policy

import aecs

SECRET = b"correct horse battery staple"


def test_nothing_prints_a_secret() -> None:
    secret = aecs.SecretBytes(SECRET)
    for shown in [repr(secret), str(secret), f"{secret}", f"{secret!r}", "%s" % secret, str([secret])]:
        assert "horse" not in shown
        assert shown.strip("[]") == "<aecs.SecretBytes>"


def test_nothing_prints_what_has_a_secret() -> None:
    (new,) = aecs.parse_secrets(policy("new", "SECRET_TYPE_IMPORT_DATA", data="horse"))
    operations = [aecs.Operation.encrypt(b"horse"), aecs.Operation.wrap(b"horse", b"horse"), aecs.Operation.mac(b"horse")]
    for secret in [new, *operations]:
        assert "horse" not in repr(secret) + str(secret)
        with pytest.raises(TypeError):
            pickle.dumps(secret)


def test_it_is_bytes_on_demand() -> None:
    secret = aecs.SecretBytes(SECRET)
    assert bytes(secret) == SECRET
    assert secret.text() == SECRET.decode()
    assert len(secret) == len(SECRET)
    assert aecs.SecretBytes("ä").text() == "ä"
    assert bytes(aecs.SecretBytes(memoryview(SECRET)[8:13])) == b"horse"
    with pytest.raises(ValueError, match="not UTF-8"):
        aecs.SecretBytes(b"\xff").text()
    with pytest.raises(TypeError):
        aecs.SecretBytes(7)  # type: ignore[arg-type]


def test_a_view_copies_nothing_and_cannot_be_written() -> None:
    secret = aecs.SecretBytes(SECRET)
    with memoryview(secret) as view:
        assert view.readonly and view.nbytes == len(SECRET) and view.format == "B"
        assert view == SECRET
        with pytest.raises(TypeError):
            view[0] = 0
    with pytest.raises(TypeError):
        io.BytesIO(b"zeros").readinto(secret)
    # A view that was refused is none: closing does not wait for it.
    address = address_of(secret := aecs.SecretBytes(LONG))
    with pytest.raises(TypeError):
        io.BytesIO(b"zeros").readinto(secret)
    secret.close()
    assert not is_at(address, LONG)


def test_secrets_are_compared_by_their_bytes_and_have_no_hash() -> None:
    assert aecs.SecretBytes(SECRET) == aecs.SecretBytes(SECRET)
    assert aecs.SecretBytes(SECRET) == SECRET
    assert aecs.SecretBytes(SECRET) != aecs.SecretBytes(SECRET + b"x")
    assert aecs.SecretBytes(SECRET) != "text"
    with pytest.raises(TypeError):
        hash(aecs.SecretBytes(SECRET))


def test_it_is_neither_pickled_nor_copied() -> None:
    copies: list[Callable[[object], object]] = [pickle.dumps, copy.copy, copy.deepcopy]
    for make in copies:
        with pytest.raises(TypeError):
            make(aecs.SecretBytes(SECRET))


def test_a_closed_secret_is_gone() -> None:
    with aecs.SecretBytes(SECRET) as secret:
        assert not secret.closed
    assert secret.closed
    uses: list[Callable[[aecs.SecretBytes], object]] = [len, bytes, memoryview, aecs.SecretBytes.text]
    for use in uses:
        with pytest.raises(aecs.UsageError, match="closed") as raised:
            use(secret)
        assert raised.value.help == "use it before it is closed, or make another one"
    secret.close()


def test_threads_that_use_a_closed_secret_do_not_lock_up() -> None:
    """Python code makes the error: another thread may run meanwhile, and use the same secret."""
    in_threads("secret = aecs.SecretBytes(b'x')", "secret.close()", "len(secret)", "bytes(secret)", "memoryview(secret)")


class View(ctypes.Structure):
    """The beginning of a Py_buffer."""

    _fields_ = [("start", ctypes.c_void_p), ("rest", ctypes.c_byte * 256)]


def address_of(secret: aecs.SecretBytes) -> int:
    """Where the bytes are."""
    view = View()
    assert ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(secret), ctypes.byref(view), 0) == 0
    start = view.start
    ctypes.pythonapi.PyBuffer_Release(ctypes.byref(view))
    assert isinstance(start, int)
    return start


def is_at(address: int, secret: bytes) -> bool:
    """Whether the end of a secret is still there, in memory that may have been given back: who gets it next
    begins to write at its start."""
    with open("/proc/self/mem", "rb", buffering=0) as memory:
        memory.seek(address + len(secret) // 2)
        return secret[len(secret) // 2 :][:64] in (memory.read(len(secret) // 2) or b"")


# Long enough for its end to stay if nobody wipes it, and short enough not to be given back to the system.
LONG = SECRET * 300


def test_closing_wipes_the_bytes() -> None:
    secret = aecs.SecretBytes(LONG)
    address = address_of(secret)
    assert is_at(address, LONG)
    secret.close()
    assert not is_at(address, LONG)


def test_dropping_wipes_the_bytes() -> None:
    secret = aecs.SecretBytes(LONG)
    address = address_of(secret)
    assert is_at(address, LONG)
    del secret
    gc.collect()
    assert not is_at(address, LONG)


def test_the_last_view_wipes_the_bytes_of_a_closed_secret() -> None:
    secret = aecs.SecretBytes(LONG)
    address = address_of(secret)
    first, second = memoryview(secret), memoryview(secret)
    secret.close()
    with pytest.raises(aecs.UsageError):
        memoryview(secret)
    first.release()
    assert second == LONG, "nobody computes with zeros in the place of a key"
    second.release()
    assert not is_at(address, LONG)
