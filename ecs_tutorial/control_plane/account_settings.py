"""Account settings: what holds for a principal of an account and region, and what for all."""

from __future__ import annotations

ENABLED = "enabled"
DEFAULTS = {
    "awsvpcTrunking": "disabled",
    "containerInsights": "disabled",
    "containerInstanceLongArnFormat": ENABLED,
    "defaultLogDriverMode": "non-blocking",
    "fargateEventWindows": "disabled",
    "fargateFIPSMode": "disabled",
    "fargateTaskRetirementWaitPeriod": "7",
    "guardDutyActivate": "off",
    "serviceLongArnFormat": ENABLED,
    "tagResourceAuthorization": "off",
    "taskLongArnFormat": ENABLED,
}
# AWS: a setting changes what its name says; here containerInsights does, for new clusters, and
# tagResourceAuthorization, for agents that register with tags: whoever calls with the lab's own key
# may do everything.

ON_OR_OFF = ("on", "off")
VALUES = {
    "containerInsights": ("enabled", "disabled", "enhanced"),
    "containerInstanceLongArnFormat": (ENABLED,),
    "defaultLogDriverMode": ("blocking", "non-blocking"),
    "fargateTaskRetirementWaitPeriod": ("0", "7", "14"),
    "guardDutyActivate": (),
    "serviceLongArnFormat": (ENABLED,),
    "tagResourceAuthorization": ON_OR_OFF,
    "taskLongArnFormat": (ENABLED,),
}
"""The values that a setting may have, where they are not ``enabled`` and ``disabled``.

Long ARNs can no longer be switched off, and what GuardDuty sets nobody else does.
"""


class AccountSettings:
    """One account's settings in one region, by principal and for all."""

    def __init__(self) -> None:
        self._for_all: dict[str, str] = {}
        self._own: dict[tuple[str, str], str] = {}

    def put(self, name: str, value: str, principal: str | None = None) -> None:
        if principal is None:
            self._for_all[name] = value
        else:
            self._own[principal, name] = value

    def forget(self, name: str, principal: str) -> str:
        """Drop what a principal has set; answers with the value that holds now."""
        self._own.pop((principal, name), None)
        return self.effective(principal)[name]

    def own(self, principal: str) -> dict[str, str]:
        return {name: value for (who, name), value in self._own.items() if who == principal}

    def effective(self, principal: str) -> dict[str, str]:
        return DEFAULTS | self._for_all | self.own(principal)
