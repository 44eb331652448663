"""The fence: what keeps ordinary AWS clients away from real AWS.

It owns the environment of kernels, terminals and the lab's own process, and a guard
in botocore through which nothing leaves the machine. It must not know what the lab
is, only its endpoint; without one the lab is in this very process.
"""

from __future__ import annotations

import functools
import gc
import ipaddress
import os
import time
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from ecs_tutorial import access_key, private_files
from ecs_tutorial.lab_error import LabError

MARK = "inside_the_fence"
REGION = "us-east-1"
NOWHERE = "http://127.0.0.1:9"
"""The endpoint while there is no lab: the discard port, where nothing listens."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LEGACY = ("BOTO_CONFIG", "BOTO_PATH", "EC2_ACCESS_KEY", "EC2_SECRET_KEY")
_NO_KEYS = {"AWS_ACCESS_KEY_ID": access_key.ID, "AWS_SECRET_ACCESS_KEY": "not-a-secret"}
"""For a lab in this very process, where nothing is signed for anybody."""


class OutsideTheLabError(LabError):
    """A client was about to send a request off this machine."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"Refused: this request would have gone to {urlsplit(url).hostname}, outside the lab. "
            "Nothing was sent. Make the session and the client again after "
            "ecs_tutorial.start(), without endpoint_url or profile: boto3.client(...)."
        )


def is_loopback(url: str) -> bool:
    """Whether a URL stays on this machine, read by the parser of the library that dials it.

    >>> is_loopback("http://127.0.0.1:5000/"), is_loopback("https://ecs.amazonaws.com/")
    (True, False)
    """
    try:
        host = (parse_url(url).host or "").rstrip(".").strip("[]")
        if host == "localhost" or host.endswith(".localhost"):
            return True
        return ipaddress.ip_address(host).is_loopback
    except (LocationParseError, ValueError):
        return False


def settings(endpoint: str | None, folder: Path) -> dict[str, str]:
    """The variables with which any AWS SDK or CLI talks to the lab, with no account behind it.

    The key of a served lab is in none of them: they are printed, and programs inherit them. It
    is in the credentials file, where AWS clients look next.
    """
    variables = {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_DEFAULT_OUTPUT": "json",
        "AWS_PAGER": "",
        "AWS_CONFIG_FILE": str(folder / "empty-aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "lab-aws-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "TZ": "UTC",
    }
    return variables | ({"AWS_ENDPOINT_URL": endpoint} if endpoint else _NO_KEYS)


def _names() -> set[str]:
    """Of all variables that the lab sets in one of its ways."""
    return {*settings("http://127.0.0.1", Path()), *_NO_KEYS}


def defeating(environ: Iterable[str]) -> list[str]:
    """The names that would lead a client past the lab: whatever AWS reads and the lab does not set.

    >>> defeating(["AWS_PROFILE", "AWS_ENDPOINT_URL_ECS", "AWS_REGION", "HOME"])
    ['AWS_ENDPOINT_URL_ECS', 'AWS_PROFILE']
    """
    harmless = _names() | {"AWS_CA_BUNDLE"}
    return sorted(
        name
        for name in environ
        if (name.upper().startswith("AWS_") or name in _LEGACY) and name not in harmless
    )


def not_proxied(environ: Mapping[str, str]) -> dict[str, str]:
    """NO_PROXY, in both spellings, with loopback added to what is already excluded."""
    present = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    hosts = [host.strip() for host in present.split(",") if host.strip()]
    hosts += [host for host in LOOPBACK if host not in hosts]
    return {"NO_PROXY": ",".join(hosts), "no_proxy": ",".join(hosts)}


def environment(endpoint: str | None, folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """``environ`` as a program inside the fence gets it."""
    out = set(defeating(environ)) | _names()
    kept = {name: value for name, value in environ.items() if name not in out}
    return kept | settings(endpoint, folder) | not_proxied(environ)


def write_aws_files(folder: Path) -> None:
    """Make the fence's AWS files, anew also if someone wrote to them: no config, the lab's key."""
    files = settings(None, folder)
    key = access_key.of(folder)
    credentials = f"[default]\naws_access_key_id = {access_key.ID}\n"
    credentials += f"aws_secret_access_key = {key.secret}\n"
    for name, text in (("AWS_CONFIG_FILE", ""), ("AWS_SHARED_CREDENTIALS_FILE", credentials)):
        path = Path(files[name])
        if not path.exists() or path.read_text(encoding="utf-8", errors="replace") != text:
            private_files.write_whole(path, text)


def close(endpoint: str | None, folder: Path) -> list[str]:
    """Put this process inside the fence; returns the variables that had to go."""
    gone = defeating(os.environ)
    write_aws_files(folder)
    _replace(os.environ, environment(endpoint, folder, os.environ))
    if hasattr(time, "tzset"):
        time.tzset()
    forget_default_session()
    guard()
    return gone


def _replace(environ: MutableMapping[str, str], wanted: Mapping[str, str]) -> None:
    for name in set(environ) - set(wanted):
        del environ[name]
    environ.update(wanted)


def present_endpoint() -> str | None:
    """The lab that this process points at already, if it is inside the fence."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    return endpoint if endpoint and is_loopback(endpoint) else None


def forget_default_session() -> None:
    """``boto3.client`` makes its session anew: the one before the fence remembers a profile."""
    import boto3

    boto3.DEFAULT_SESSION = None


def guard() -> None:
    """From now on botocore sends nothing off this machine, whoever made the client and when."""
    from botocore.httpsession import ProxyConfiguration, URLLib3Session

    if not hasattr(URLLib3Session.send, MARK):
        URLLib3Session.send = _only_loopback(URLLib3Session.send)
        ProxyConfiguration.proxy_url_for = _never_for_loopback(ProxyConfiguration.proxy_url_for)


def _only_loopback(send: Any) -> Any:
    @functools.wraps(send)
    def guarded(session: Any, request: Any) -> Any:
        if not is_loopback(request.url):
            raise OutsideTheLabError(request.url)
        return send(session, request)

    setattr(guarded, MARK, True)
    return guarded


def _never_for_loopback(proxy_url_for: Any) -> Any:
    @functools.wraps(proxy_url_for)
    def guarded(configuration: Any, url: str) -> Any:
        return None if is_loopback(url) else proxy_url_for(configuration, url)

    return guarded


def strays(endpoint: str) -> list[str]:
    """The services of those clients in this process that do not point at ``endpoint``."""
    from botocore.client import BaseClient

    return sorted(
        client.meta.service_model.service_name
        for client in gc.get_objects()
        if issubclass(type(client), BaseClient) and client.meta.endpoint_url != endpoint
    )
