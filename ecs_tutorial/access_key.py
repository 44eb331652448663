"""The key that opens a served lab: made once for its folder, kept there, known to nobody else.

AWS clients sign their requests with it, as they do on AWS; the lab's own admin pages are
asked with a signature of its own, so that the key itself never travels.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from ecs_tutorial import private_files

ID = "ecs-tutorial"
"""The access key id of every lab: it is no secret, as on AWS."""
FILE = "access-key"
SCHEME = "ECS-TUTORIAL-HMAC-SHA256"
VALID_FOR = 300
"""Seconds for which a signature is good, as on AWS."""
_LENGTH = 40
_KEY = re.compile(rf"[\w-]{{{_LENGTH}}}", re.ASCII)


@dataclass(frozen=True)
class AccessKey:
    """A secret, and what it signs."""

    secret: str

    def __repr__(self) -> str:
        return "AccessKey(…)"

    def authorization(
        self, method: str, host: str, path: str, body: bytes, at: int | None = None
    ) -> str:
        """The header with which a request proves that its sender has the key.

        The host stands in it with its port, so that a program which has taken the port of
        a lab that ended cannot use what it was sent anywhere else.
        """
        moment = int(time.time()) if at is None else at
        words = "\n".join((method, host, path, str(moment), hashlib.sha256(body).hexdigest()))
        signature = hmac.new(self.secret.encode(), words.encode(), hashlib.sha256).hexdigest()
        return f"{SCHEME} {moment} {signature}"

    def signed(self, header: str, method: str, host: str, path: str, body: bytes) -> bool:
        """Whether a request's header is what this key makes of it, and not long ago."""
        moment = header.removeprefix(f"{SCHEME} ").partition(" ")[0]
        if not moment.isdecimal() or len(moment) > 12:
            return False
        expected = self.authorization(method, host, path, body, int(moment))
        fresh = abs(time.time() - int(moment)) <= VALID_FOR
        return hmac.compare_digest(header.encode(), expected.encode()) and fresh


def of(folder: Path) -> AccessKey:
    """The key of this folder's lab; made now if it has none."""
    path = folder / FILE
    if not _is_there(path):
        private_files.write_once(path, secrets.token_urlsafe(_LENGTH)[:_LENGTH])
    return AccessKey(path.read_text(encoding="utf-8").strip())


def _is_there(path: Path) -> bool:
    """Whether a whole key is; what is none is removed."""
    try:
        private_files.make_private(path, private_files.OWNER_ONLY)
        if _KEY.fullmatch(path.read_text(encoding="utf-8", errors="replace").strip()):
            return True
        path.unlink()
    except FileNotFoundError:
        pass
    return False
