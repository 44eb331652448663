"""What real containers may do on a learner's machine only if the learner allows it by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ecs_tutorial.lab_error import LabError

ALLOWANCES: Mapping[str, str] = {
    "privileged": "runs with all rights of the machine (privileged)",
    "host-network": "uses the machine's own network (networkMode host)",
    "host-namespaces": "sees the machine's own processes or memory (pidMode or ipcMode host)",
    "host-mounts": "mounts a folder of the machine (a volume with host.sourcePath)",
    "capabilities": "adds capabilities of the Linux kernel (linuxParameters.capabilities.add)",
    "devices": "is given devices of the machine (linuxParameters.devices)",
    "security-options": "changes the machine's protections (dockerSecurityOptions)",
}
"""What is refused unless it is allowed by this name, with what it would do."""

Allowed = tuple[str, ...]
"""Names of allowances in their fixed order."""


def chosen(names: str | Iterable[str]) -> Allowed:
    """The names in their fixed order, each once; one that stands for nothing is refused.

    >>> chosen(["host-mounts", "privileged", "host-mounts"]), chosen("devices")
    (('privileged', 'host-mounts'), ('devices',))
    """
    several = isinstance(names, Iterable) and not isinstance(names, str)
    wanted = list(names) if several else [names]
    for name in wanted:
        if name not in ALLOWANCES:
            raise LabError(f"There is nothing to allow by the name {name!r}. {_known()}")
    return tuple(name for name in ALLOWANCES if name in wanted)


def _known() -> str:
    return f"What can be allowed: {', '.join(ALLOWANCES)}."


def how_to_allow(names: Iterable[str]) -> str:
    """The sentence that tells a learner what to type.

    >>> how_to_allow(["privileged"])
    'To allow it, add allow=["privileged"] to start() in the first cell.'
    """
    listed = ", ".join(f'"{name}"' for name in names)
    return f"To allow it, add allow=[{listed}] to start() in the first cell."
