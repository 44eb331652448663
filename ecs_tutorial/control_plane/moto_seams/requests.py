"""The one gate that every request to moto passes.

It holds the lab's lock, moves the manual clock, gives moto's generator the request's
own stream, numbers the successful writes and tells the journal what is no read. What a
service does is not known here.
"""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from moto.core.parse import XFormedDict
from moto.core.responses import BaseResponse
from moto.utilities.utils import is_valid_uuid

from ecs_tutorial.control_plane.moto_seams.regions import refusal
from ecs_tutorial.control_plane.moto_seams.seam import Seam
from ecs_tutorial.control_plane.moto_seams.seeds import seed_moto
from ecs_tutorial.control_plane.moto_seams.sent_requests import outcome, reported, sent
from ecs_tutorial.journal_entries import Entry, Journal, NoJournal
from ecs_tutorial.observer import OBSERVER

READ = re.compile(
    "(?!Get(Session|Federation)Token)"  # those hand out a key, which is to be known later
    "(Batch)?(Describe|List|Get|Check|Search|Head|Lookup|Filter|Simulate|Discover|Preview|Decode)"
)
Answer = tuple[int, dict[str, Any], Any]
CallAction = Callable[[BaseResponse], Answer]


@dataclass(frozen=True)
class WriteRecord:
    """One request that changed something, as a journal would keep it."""

    number: int
    """Its place among all writes, from 1."""
    service: str
    action: str
    ordinal: int
    """Its place among the writes of this service and action, from 1."""
    account_id: str
    region: str
    parameters: Mapping[str, Any]


def no_more(service: str, action: str) -> Mapping[str, str]:
    return {}


class RequestGate(Seam):
    """Lets one request at a time through to moto.

    Args:
        lock: held from before the clock moves until after the record is given.
        seed: the lab's seed.
        before: called before each request but an observer's.
        after: called with the record of each write that succeeded.
        headers: what is added to the answer of a write of this service and action.
        journal: gives what is told of each request that is no read, whatever its answer,
            and of each agent's report.
    """

    def __init__(
        self,
        lock: AbstractContextManager[Any],
        seed: str,
        before: Callable[[], None],
        after: Callable[[WriteRecord], None],
        headers: Callable[[str, str], Mapping[str, str]] = no_more,
        *,
        journal: Callable[[], Journal] = NoJournal,
    ) -> None:
        super().__init__()
        self._lock = lock
        self._seed = seed
        self._before = before
        self._after = after
        self._headers = headers
        self._journal = journal
        self._inside = False
        self.reset()

    def reset(self) -> None:
        """Count from the beginning, as in a new lab."""
        self._ordinals: Counter[tuple[str, str]] = Counter()
        self._writes = 0

    def _mend(self) -> None:
        self._wrap(BaseResponse, "call_action", self._gated)

    def _gated(self, call_action: CallAction) -> CallAction:
        def gated(response: BaseResponse) -> Answer:
            with self._lock:
                refused = refusal(response)
                if refused:
                    return refused
                if self._inside:
                    return call_action(response)
                self._inside = True
                try:
                    return self._admit(response, call_action)
                finally:
                    self._inside = False

        return gated

    def _admit(self, response: BaseResponse, call_action: CallAction) -> Answer:
        service, action = response.boto3_service_name, str(response._get_action())
        if is_observer(response):
            seed_moto(self._seed, service, action, OBSERVER)
            return call_action(response)
        self._before()
        # A request that fails does not count: after a typing error the right call
        # gets the ids that it would have got without it.
        ordinal = self._ordinals[service, action] + 1
        seed_moto(self._seed, service, action, ordinal)
        if is_read(action):
            status, headers, body = call_action(response)
            if status < 400:
                self._ordinals[service, action] = ordinal
            return status, headers, body
        write = self._write(response, service, action, ordinal)
        with self._journalled(response, write) as answers:
            status, headers, body = call_action(response)
            answers.append(outcome(status, body))
            if status < 400:
                self._ordinals[service, action] = ordinal
                self._hand_on(write)
                headers = {**headers, **self._headers(service, action)}
        return status, headers, body

    @contextmanager
    def _journalled(self, response: BaseResponse, write: WriteRecord) -> Iterator[list[str]]:
        """The journal is told before an answer goes out, also of a failure that leaves traces."""
        request, answers = sent(response), list[str]()
        try:
            yield answers
        finally:
            told = answers[0] if answers else outcome(500, "")
            journal = self._journal()
            if not changed_nothing(response, told):
                journal.add(Entry(write.service, write.action, write.ordinal, told, request))
            journal.settle()

    def record(
        self, service: str, action: str, account_id: str, region: str, parameters: Mapping[str, Any]
    ) -> None:
        """Number a write that came another way, as an agent's report does, and hand it on."""
        self._ordinals[service, action] += 1
        ordinal = self._ordinals[service, action]
        told = reported(account_id, region, parameters)
        self._journal().add(Entry(service, action, ordinal, told))
        self._hand_on(
            WriteRecord(self._writes + 1, service, action, ordinal, account_id, region, parameters)
        )

    def _hand_on(self, write: WriteRecord) -> None:
        self._writes = write.number
        self._after(write)

    def _write(
        self, response: BaseResponse, service: str, action: str, ordinal: int
    ) -> WriteRecord:
        return WriteRecord(
            number=self._writes + 1,
            service=service,
            action=action,
            ordinal=ordinal,
            account_id=response.current_account,
            region=response.region,
            parameters=parameters_of(response),
        )


def changed_nothing(response: BaseResponse, told: str) -> bool:
    """Whether a request was answered with an error that leaves no trace; moto's may leave some."""
    return told.startswith("4") and getattr(response, "errors_leave_no_trace", False)


def is_observer(response: BaseResponse) -> bool:
    return OBSERVER in response.headers.get("User-Agent", "")


def is_read(action: str) -> bool:
    """Whether an action only looks.

    >>> is_read("DescribeInstances"), is_read("BatchGetImage"), is_read("RunInstances")
    (True, True, False)
    """
    return READ.match(action) is not None


def parameters_of(response: BaseResponse) -> dict[str, Any]:
    """The request's parameters as they came, before an action may change them."""
    given = copy.deepcopy(raw_parameters(response))
    return {key: value for key, value in given.items() if not is_invented_token(key, value)}


def raw_parameters(response: BaseResponse) -> dict[str, Any]:
    if response.automated_parameter_parsing:
        given = response.params
        return given.original_dict() if isinstance(given, XFormedDict) else dict(given)
    if isinstance(response.body, str) and response.body.startswith("{"):
        return dict(json.loads(response.body))
    return response._get_params()


def is_invented_token(key: str, value: object) -> bool:
    """Whether it is the random ClientToken that boto3 adds; it would differ on each run."""
    return key.lower() == "clienttoken" and isinstance(value, str) and is_valid_uuid(value)
