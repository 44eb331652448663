"""PutAccountSetting, PutAccountSettingDefault, DeleteAccountSetting, ListAccountSettings."""

from __future__ import annotations

from ..account_settings import VALUES
from ..ecs_backend import EcsBackend
from ..errors import invalid_parameter
from ..responses import page
from .lookup import Answer, Params


def put_account_setting(backend: EcsBackend, params: Params) -> Answer:
    """Set it for one principal; for the root user, unless another is named."""
    name, value = checked(params)
    principal = params.get("principalArn") or root(backend)
    backend.principal_settings.put(name, value, principal)
    return {"setting": setting(name, value, principal)}


def put_account_setting_default(backend: EcsBackend, params: Params) -> Answer:
    """Set it for everybody who has not set it for himself."""
    name, value = checked(params)
    backend.principal_settings.put(name, value)
    return {"setting": setting(name, value, root(backend))}


def delete_account_setting(backend: EcsBackend, params: Params) -> Answer:
    """From now on the default holds again."""
    name = params["name"]
    principal = params.get("principalArn") or root(backend)
    value = backend.principal_settings.forget(name, principal)
    return {"setting": setting(name, value, principal)}


def list_account_settings(backend: EcsBackend, params: Params) -> Answer:
    """What a principal has set itself, or with ``effectiveSettings`` what holds for it."""
    principal = params.get("principalArn") or root(backend)
    name, value = params.get("name"), params.get("value")
    kept = backend.principal_settings
    chosen = kept.effective(principal) if params.get("effectiveSettings") else kept.own(principal)
    settings = [
        setting(each, held, principal)
        for each, held in sorted(chosen.items())
        if name in (None, each) and value in (None, held)
    ]
    return page(settings, params, "settings", 10, 10)


def root(backend: EcsBackend) -> str:
    return f"arn:aws:iam::{backend.account_id}:root"


def checked(params: Params) -> tuple[str, str]:
    """The setting's name and a value that it may have."""
    name, value = params["name"], params["value"]
    if value not in VALUES.get(name, ("enabled", "disabled")):
        # AWS: the text is not confirmed.
        raise invalid_parameter(f"Account setting {name} cannot be set to {value}.")
    return name, value


def setting(name: str, value: str, principal: str) -> Answer:
    kind = "aws_managed" if name == "guardDutyActivate" else "user"
    return {"name": name, "value": value, "principalArn": principal, "type": kind}
