"""What the libraries log."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time

import pytest
from conftest import Installation, wait_until

import aecs


def test_records_come_to_python(installation: Installation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "aecs")
    before = time.time()
    with installation.client():
        wait_until(lambda: "simulation" in caplog.text)
    record = next(record for record in caplog.records if "simulation" in record.message)
    assert record.levelno == logging.WARNING and record.name.startswith("aecs.client.")
    assert before - 1 < record.created < time.time() + 1


def test_records_of_the_package_itself_come_too(installation: Installation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "aecs")
    aecs.refresh_logging()
    aecs.Verifier(simulation_root=(installation.simulation / "root-ca.pem").read_bytes())
    wait_until(lambda: "aecs.evidence" in [record.name for record in caplog.records])


def test_the_level_of_the_logger_counts(installation: Installation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "aecs")
    with installation.client():
        time.sleep(0.2)
    assert "simulation" not in caplog.text
    caplog.set_level(logging.WARNING, "aecs")
    aecs.refresh_logging()
    with installation.client():
        wait_until(lambda: "simulation" in caplog.text)


def test_a_handler_that_calls_does_not_lock_up(installation: Installation) -> None:
    """A handler that takes its time, and calls the client itself, while other threads make calls."""
    installation.create("logged", "SECRET_TYPE_IMPORT_DATA", data="one")
    client = installation.client()
    seen = threading.Event()

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not seen.is_set():
                assert client.get("service1", "logged").bytes() == b"one"
                time.sleep(0.05)
                seen.set()

    logger = logging.getLogger("aecs")
    handler, level = Handler(), logger.level
    logger.addHandler(handler)
    logger.setLevel(1)
    try:
        for _ in range(3):
            with installation.client() as another:
                another.get("service1", "logged")
        assert seen.wait(5)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        aecs.refresh_logging()


def test_nothing_is_lost_at_the_end_of_a_program(installation: Installation) -> None:
    program = f"""
import logging, aecs
logging.basicConfig(level=logging.INFO)
simulation = aecs.Simulation({str(installation.simulation)!r})
aecs.Client.from_kubeconfig({str(installation.application)!r}, simulation=simulation)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert ended.returncode == 0, ended.stderr
    assert "WARNING:aecs.client" in ended.stderr
