"""The browser is taken from where the reader has one, and a broken one is passed over."""

import os
import sys

import pytest

import chromium

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stands in with shell scripts")


def program(path, body):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """Hide this machine's own browsers; count every attempt to install one."""
    attempts = []
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("LEMS_CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "MAC", ())
    monkeypatch.setattr(chromium, "_by_playwright", lambda: attempts.append("playwright"))
    monkeypatch.setattr(chromium, "_by_debian", lambda: attempts.append("debian"))
    chromium.find_or_install.cache_clear()
    yield attempts
    chromium.find_or_install.cache_clear()


def test_a_browser_on_the_path_is_used(alone, tmp_path):
    found = program(tmp_path / "chromium", "exit 0")
    assert chromium.find_or_install() == str(found)
    assert alone == []


def test_one_that_does_not_start_is_passed_over(alone, tmp_path):
    program(tmp_path / "chromium", "exit 1")
    found = program(tmp_path / "google-chrome", "exit 0")
    assert chromium.find_or_install() == str(found)


def test_a_snap_is_passed_over(alone, tmp_path):
    target = program(tmp_path / "snap" / "bin" / "chromium", "exit 0")
    os.symlink(target, tmp_path / "chromium")
    assert chromium.find_or_install() is None


def test_without_one_playwright_is_asked_then_debian(alone):
    assert chromium.find_or_install() is None
    assert alone == ["playwright", "debian"]


def test_the_variable_wins_and_can_say_none(alone, monkeypatch, tmp_path):
    program(tmp_path / "chromium", "exit 0")
    monkeypatch.setenv("LEMS_CHROMIUM", "/some/other/browser")
    assert chromium.find_or_install() == "/some/other/browser"
    chromium.find_or_install.cache_clear()
    monkeypatch.setenv("LEMS_CHROMIUM", "none")
    assert chromium.find_or_install() is None
    assert alone == []
