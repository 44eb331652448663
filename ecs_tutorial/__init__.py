"""Learn Amazon ECS on a local ECS that really starts tasks.

a cell: ordinary boto3 ─► control_plane ─► scheduler ─► agents ─► containers
                ▲                                           │
                └───────────── what was reported ◄──────────┘
"""

import sys
from typing import TYPE_CHECKING

if sys.version_info < (3, 11):
    raise ImportError(
        f"The ECS tutorial needs Python 3.11 or newer, and this is {sys.version.split()[0]}. "
        "Set it up again with a newer one: see README."
    )

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ecs_tutorial.session import Lab

__all__ = ["start"]


def start(
    chapter: "int | str",
    *,
    keep: bool = False,
    containers: str | None = None,
    allow: "str | Iterable[str] | None" = None,
) -> "Lab":
    """Bring the lab to the start of a chapter, and this kernel's boto3 to the lab.

    Args:
        chapter: the key in the notebook's name: ``3`` for ``03-container-instances``, ``"8a"``
            where a number has several.
        keep: only connect; whatever is in the lab stays.
        containers: the switch in every notebook's first cell. ``"docker"``: real ones on this
            machine's Docker Engine; ``"simulated"``: records of some. With None
            ECS_TUTORIAL_CONTAINERS decides, which holds one of the two words; without that a
            lab that runs stays as it is, and a new one is simulated.
        allow: what real containers may do on this machine, by name: ``["host-mounts"]``.
            Without it a lab that runs allows what it did, and a new one nothing.

    Returns:
        What lies beside your own AWS clients: ``browse``, ``contents``, ``settings``.

    Raises:
        LabError: with a sentence that says what to do.
    """
    from ecs_tutorial import session

    return session.start(chapter, keep=keep, containers=containers, allow=allow)
