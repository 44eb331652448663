"""CloudFormation: a template with ECS in it is refused, as moto would only pretend to run it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend

from .seam import Seam

OF_ECS = re.compile(r"AWS::ECS::\w+")
Call = Callable[..., Any]


class CloudFormationSeam(Seam):
    """Stacks of moto's own resources stay moto's own."""

    def _mend(self) -> None:
        for name in ("create_stack", "update_stack", "create_change_set"):
            self._wrap(CloudFormationBackend, name, refusing_ecs)


def refusing_ecs(theirs: Call) -> Call:
    """A call that has a template, after a look at it."""

    def call(backend: CloudFormationBackend, *given: Any, **named: Any) -> Any:
        texts = (each for each in (*given, *named.values()) if isinstance(each, str))
        if found := next(filter(None, map(OF_ECS.search, texts)), None):
            # AWS: CloudFormation creates ECS resources; the lab's stacks cannot yet.
            raise ValidationError(
                message=f"This lab does not create {found[0]} from a template. Make it with the "
                "ECS API."
            )
        return theirs(backend, *given, **named)

    return call
