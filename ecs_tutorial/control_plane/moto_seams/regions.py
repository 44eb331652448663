"""Regions: a name that is no region is answered in words; moto fails with a traceback.

Whatever the service, the answer has the form of its protocol. What a region holds is
not known here.
"""

from __future__ import annotations

import json
from functools import cache
from html import escape
from typing import Any

import boto3
from moto.core.responses import BaseResponse
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend

# AWS: no name leads to such a region, so the client itself cannot connect.
CODE = "InvalidRegion"
USUAL = frozenset(region.name for region in RegionsAndZonesBackend.regions)
"""Those that moto has read already; the others are looked up when one is named."""


@cache
def known_regions() -> frozenset[str]:
    session = boto3.Session()
    names = (session.get_available_regions("ec2", p) for p in session.get_available_partitions())
    return frozenset(name for each in names for name in each) | {"aws-global"}


def refusal(response: BaseResponse) -> tuple[int, dict[str, Any], str] | None:
    """The answer to a request for a region that does not exist; None if it does."""
    region = response.region
    if region in USUAL or region in known_regions():
        return None
    words = f"There is no region {region}. The lab's own is us-east-1."
    headers = {"x-amzn-errortype": CODE}
    if "json" in response.headers.get("Content-Type", ""):
        return 400, headers, json.dumps({"__type": CODE, "message": words})
    error = f"<Error><Code>{CODE}</Code><Message>{escape(words)}</Message></Error>"
    if response.boto3_service_name == "ec2":
        return 400, headers, f"<Response><Errors>{error}</Errors></Response>"
    return 400, headers, f"<ErrorResponse>{error}</ErrorResponse>"
