"""botocore's service models, read once for a whole process.

Each boto3 session reads them anew, and moto makes a session whenever it wants the name of a
region: in a lab the same megabytes of JSON, again and again.
"""

from __future__ import annotations

import functools


def read_once() -> None:
    """From now on the sessions of this process share what they read."""
    import botocore.session

    if not hasattr(botocore.session.create_loader, "cache_info"):
        botocore.session.create_loader = functools.cache(botocore.session.create_loader)
