"""Brings what the libraries log to Python's ``logging``, below the logger ``aecs``.

The libraries put records into a queue, and a thread takes them out: none of their threads ever waits for
a handler of Python's, nor for Python's lock.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading

from aecs import _aecs

_LOGGER = logging.getLogger("aecs")
_LOGGER.addHandler(logging.NullHandler())

_lock = threading.Lock()
_thread: threading.Thread | None = None
_ending = threading.Event()


def refresh_logging() -> None:
    """Has the libraries log at the level that the logger ``aecs`` has now.

    Every new client does this. Call it after the level of the logger was changed.
    """
    global _thread
    level = _LOGGER.getEffectiveLevel()
    _aecs.set_log_level(level if _LOGGER.isEnabledFor(level) else logging.CRITICAL)
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_take, name="aecs-logging", daemon=True)
            _thread.start()


def _take() -> None:
    while not _ending.is_set():
        # Without an end, so that a thread that sleeps does not wake up for nothing.
        _handle(_aecs.next_record(3600.0))


def _handle(record: tuple[int, str, str, float] | None) -> bool:
    if record is None:
        return False
    level, target, message, created = record
    logger = logging.getLogger(target.removeprefix("_").replace("aecs_", "aecs.", 1).replace("::", "."))
    if logger.isEnabledFor(level):
        made = logger.makeRecord(logger.name, level, target, 0, message, (), None)
        made.created = created
        made.msecs = (created - int(created)) * 1000
        logger.handle(made)
    return True


def _end() -> None:
    """Hands over what is left at the end of the program."""
    _ending.set()
    _aecs.stop_log()
    if _thread is not None:
        _thread.join(1.0)
    while _handle(_aecs.next_record(0.0)):
        pass


def _forget() -> None:
    """A child that was forked has no threads, and a lock of its own."""
    global _lock, _thread
    _lock, _thread = threading.Lock(), None


atexit.register(_end)
os.register_at_fork(after_in_child=_forget)
