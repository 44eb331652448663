"""Any bytes as user data or as a Dockerfile: read, or told in words, never a traceback."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readers import READERS, SEEDS, read_user_data


def changed(seed: bytes) -> st.SearchStrategy[bytes]:
    """A seed with pieces taken out, doubled, or put in from elsewhere."""
    piece = st.sampled_from(
        (b"", b"$(", b")", b"`", b"${", b"}", b"<<EOF\n", b"'", b'"', b"\\", b"\n", b"\0", b"\xff")
    )
    places = st.integers(0, len(seed))
    return st.lists(st.tuples(places, places, piece), max_size=4).map(
        lambda changes: _with(seed, changes)
    )


def _with(seed: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for start, end, piece in changes:
        seed = seed[:start] + piece + seed[end:]
    return seed


@pytest.mark.parametrize("reader", sorted(READERS))
@settings(max_examples=150)
@given(data=st.data())
def test_whatever_is_written_is_read(reader, data):
    """Each reader, each of its seeds, changed in a few places; or bytes as they come."""
    seeds = st.sampled_from(SEEDS[reader]).flatmap(changed)
    READERS[reader](data.draw(seeds | st.binary(max_size=200)))


def test_what_a_reader_did_not_foresee_is_found(monkeypatch):
    """The check can fail."""

    def fails(*_):
        raise LookupError("a")

    monkeypatch.setattr("ecs_tutorial.data_plane.user_data._parts", fails)
    with pytest.raises(AssertionError, match="LookupError"):
        read_user_data(b"x")
