"""What every seam promises: what it exchanged comes back exactly as it was."""

from __future__ import annotations

import pytest

from ecs_tutorial.control_plane.moto_seams.seam import MotoHasChangedError, Seam


class Parent:
    def told(self) -> str:
        return "parent"


class Child(Parent):
    @staticmethod
    def spoken() -> str:
        return "child"

    @property
    def loud(self) -> bool:
        return False


class Exchange(Seam):
    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names = names

    def _mend(self) -> None:
        for name in self.names:
            self._replace(Child, name, "exchanged")


def test_a_seam_restores_static_methods_and_properties():
    """The very object comes back, not what attribute access makes of it."""
    before = dict(vars(Child))
    seam = Exchange("spoken", "loud")
    seam.install()
    assert Child.spoken == Child.loud == "exchanged"
    seam.uninstall()
    assert dict(vars(Child)) == before


def test_a_seam_refuses_an_inherited_name():
    """A method that moved to a parent class is a change of moto, not a place to write to."""
    with pytest.raises(MotoHasChangedError, match=r"Child\.told is gone"):
        Exchange("told").install()


def test_a_seam_that_fails_half_way_takes_back_what_it_did():
    before = dict(vars(Child))
    with pytest.raises(MotoHasChangedError):
        Exchange("spoken", "missing").install()
    assert dict(vars(Child)) == before


def test_two_seams_on_one_name_come_off_in_reverse_order():
    before = dict(vars(Child))
    first, second = Exchange("spoken"), Exchange("spoken")
    first.install()
    second.install()
    second.uninstall()
    assert Child.spoken == "exchanged"
    first.uninstall()
    assert dict(vars(Child)) == before


class Addition(Seam):
    def _mend(self) -> None:
        self._add(Child, "new", "added")
        self._wrap(Child, "spoken", lambda original: lambda: original() + ", wrapped")


def test_a_seam_can_wrap_and_add():
    seam = Addition()
    seam.install()
    assert Child.new == "added"
    seam.uninstall()
    assert not hasattr(Child, "new")


def test_adding_what_moto_has_by_now_is_refused():
    """A method that moto has learned must be looked at before it is put aside."""
    Child.new = "moto's own"
    try:
        with pytest.raises(MotoHasChangedError, match="no longer missing"):
            Addition().install()
        assert Child.new == "moto's own"
    finally:
        del Child.new
