"""The key of a served lab: made once, its owner's alone, and what it signs and does not."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ecs_tutorial import access_key, private_files
from ecs_tutorial.access_key import AccessKey

REQUEST = ("POST", "127.0.0.1:5000", "/_lab/stop", b"{}")


def test_a_folder_has_one_key_and_another_folder_another(tmp_path: Path) -> None:
    """The key outlives a lab, so that kernels and terminals go on; each folder has its own."""
    (tmp_path / "other").mkdir()
    key = access_key.of(tmp_path)
    assert access_key.of(tmp_path) == key
    assert access_key.of(tmp_path / "other") != key
    assert sorted(path.name for path in tmp_path.iterdir()) == ["access-key", "other"]


def test_all_who_come_at_once_get_the_same_key(tmp_path: Path) -> None:
    """Of many that find no key one makes it."""
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(access_key.of, [tmp_path] * 32))) == 1


@pytest.mark.parametrize("content", ["", "half", "x" * 40 + "more", "\xff"])
def test_what_is_no_key_is_made_anew(tmp_path: Path, content: str) -> None:
    """A file that somebody emptied or wrote to opens nothing."""
    (tmp_path / access_key.FILE).write_bytes(content.encode("latin-1"))
    key = access_key.of(tmp_path)
    assert len(key.secret) == 40
    assert access_key.of(tmp_path) == key


def test_a_key_is_not_shown() -> None:
    """A traceback or a cell that shows one tells nothing."""
    assert "secret" not in repr(AccessKey("secret"))


@pytest.mark.skipif(os.name != "posix", reason="on Windows a user's profile keeps others out")
def test_a_key_that_others_could_read_is_closed_again(tmp_path: Path) -> None:
    """Whoever widened the file's mode, the next look makes it private."""
    access_key.of(tmp_path)
    path = tmp_path / access_key.FILE
    path.chmod(0o644)
    access_key.of(tmp_path)
    assert path.stat().st_mode & 0o777 == private_files.OWNER_ONLY


def test_a_signature_is_good_for_its_request_alone() -> None:
    """Another method, host, port, page or body, another key or another time is not signed."""
    key = AccessKey("secret")
    header = key.authorization(*REQUEST)
    assert key.signed(header, *REQUEST)
    assert not AccessKey("other").signed(header, *REQUEST)
    for place, other in enumerate(("GET", "127.0.0.1:5001", "/_lab/reset", b"{ }")):
        assert not key.signed(header, *REQUEST[:place], other, *REQUEST[place + 1 :])
    hour_ago = key.authorization(*REQUEST, at=int(time.time()) - 3600)
    assert not key.signed(hour_ago, *REQUEST)


@pytest.mark.parametrize(
    "header", ["", "x", access_key.SCHEME, f"{access_key.SCHEME} 9e9 a", "Bearer secret", "\xb2 1"]
)
def test_what_is_no_signature_is_none(header: str) -> None:
    """Whatever stands in the header, the answer is no and not a failure."""
    assert not AccessKey("secret").signed(header, *REQUEST)
