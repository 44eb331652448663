"""Why a lab that runs is not the one that is wanted, said to whoever wants another.

It looks at what the lab has left of itself in its folder and asks an engine whether it
is there before anything is given up for it.
"""

from __future__ import annotations

from ecs_tutorial import engine
from ecs_tutorial.allowances import Allowed
from ecs_tutorial.served import server
from ecs_tutorial.served.lab_folder import LabRecord


def unfit(record: LabRecord, containers: str | None, allow: Allowed | None) -> str | None:
    """Why a lab that runs is not the one that is wanted."""
    if record.version != server.version():
        return f"The lab was of version {record.version}; it was ended and started anew."
    if containers in (None, record.containers):
        return _allows_otherwise(record, allow)
    if containers == engine.DOCKER:
        engine.usable()
        return (
            "The containers of the lab were simulated; it was ended, and started anew with real "
            "ones. What was in it is gone."
        )
    return (
        "The containers of the lab were real; it was ended, and started anew with simulated "
        "ones. What was in it is gone, its containers too."
    )


def _allows_otherwise(record: LabRecord, allow: Allowed | None) -> str | None:
    if record.containers != engine.DOCKER or allow in (None, record.allow):
        return None
    return (
        f"The lab's containers were allowed {', '.join(record.allow) or 'nothing special'}, and "
        f"now {', '.join(allow or ()) or 'nothing special'}: it was ended and started anew. What "
        "was in it is gone, its containers too."
    )
