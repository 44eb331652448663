"""A stack of moto's whose work takes lab time, as its services and instances do.

What can be done at once is done within the request; the rest goes on by the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Event, Export, Stack, cloudformation_backends
from moto.cloudformation.parsing import ResourceMap
from moto.core.utils import utcnow

from ecs_tutorial.clock import Clock, ManualClock, Timer

from ..moto_seams import safe_templates
from ..moto_seams.seeds import drawing_from
from . import template
from .failures import ResourceFailedError
from .resource_work import Made, ResourceWork

LOOK_EVERY = 1.0
"""Lab seconds between two looks at what a stack waits for."""
DONE = object()


class LabStack(Stack):
    """``changed`` is called when work went on without a request."""

    clock: ClassVar[Clock] = ManualClock()
    seed: ClassVar[str] = ""
    changed: ClassVar[Callable[[], None]] = staticmethod(lambda: None)

    def __init__(self, stack_id: str, name: str, *given: Any, **named: Any) -> None:
        self.last_events: dict[str, Event] = {}
        self._timer: Timer | None = None
        self._looks = 0
        self._outputs: list[dict[str, Any]] | None = None
        self._exports: list[Export] = []
        super().__init__(stack_id, name, *given, **named)
        self.work = ResourceWork((self.account_id, self.region_name), self._tell_resource)
        self.work.take(self.resource_map)

    # --- what moto's responses read ----------------------------------------------

    @staticmethod
    def parse_template(text: str) -> dict[str, Any]:
        return safe_templates.load(text)

    def _create_resource_map(self) -> ResourceMap:
        if self.template_dict:
            template.checked(self.template_dict)
        return super()._create_resource_map()

    @property
    def parameter_list(self) -> list[dict[str, Any]]:
        """As they were given; a parameter that names one of SSM's also with what that holds."""
        return [
            template.parameter(
                name, declared, self.parameters, self.resource_map.resolved_parameters
            )
            for name, declared in (self.template_dict.get("Parameters") or {}).items()
        ]

    @property
    def outputs(self) -> list[dict[str, Any]] | None:
        return self._outputs

    @property
    def exports(self) -> list[Export]:
        return self._exports

    @property
    def stack_resources(self) -> Iterable[Any]:
        return [made.resource for made in self.work.made.values()]

    def is_created(self) -> bool:
        """As a resource of another stack."""
        if self.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return True
        if self.status.endswith("IN_PROGRESS"):
            return False
        raise ResourceFailedError(
            self.name, f"Embedded stack {self.stack_id} was not successfully created."
        )

    # --- what is asked of it ------------------------------------------------------

    def create_resources(self) -> None:
        self.status = "CREATE_IN_PROGRESS"
        self._begin(self._creating())

    def update(
        self,
        template: str,
        role_arn: str | None = None,
        parameters: dict[str, Any] | None = None,
        tags: dict[str, str] | None = None,
    ) -> None:
        self.refuse_update()
        before = self.template, self.parameters
        self.take(template, parameters or {})
        self.role_arn = role_arn
        if tags is not None:
            self.tags = tags
        self._tell("UPDATE_IN_PROGRESS", "User Initiated")
        self._begin(self._updating(before))

    def delete(self) -> None:
        self._tell("DELETE_IN_PROGRESS", "User Initiated")
        self._begin(self._deleting())

    def refuse_update(self) -> None:
        updatable = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
        if self.status not in updatable:
            raise ValidationError(
                message=f"Stack:{self.stack_id} is in {self.status} state and can not be updated."
            )

    def take(self, text: str, parameters: dict[str, Any]) -> None:
        """Take another template, if it can be made; otherwise keep the one that is."""
        before = self.template, self.parameters, self.template_dict
        self.template, self.parameters = text, parameters
        try:
            self._parse_template()
            self.resource_map = self._create_resource_map()
        except Exception:
            self.template, self.parameters, self.template_dict = before
            raise
        self.description = self.template_dict.get("Description")
        self.output_map = self._create_output_map()
        self.work.take(self.resource_map)

    # --- how the work goes --------------------------------------------------------

    def _begin(self, work: Iterator[None]) -> None:
        if self._timer:
            self._timer.cancel()
        self._go_on(work)

    def _go_on(self, work: Iterator[None]) -> None:
        """Work until there is something to wait for; the clock brings it back."""
        if next(work, DONE) is not DONE:
            self._timer = self.clock.call_later(LOOK_EVERY, lambda: self._look(work))

    def _look(self, work: Iterator[None]) -> None:
        self._looks += 1
        with drawing_from(self.seed, self.stack_id, self._looks):
            self._go_on(work)
        type(self).changed()

    def _names(self) -> list[str]:
        return template.order(self.template_dict)

    def _creating(self) -> Iterator[None]:
        try:
            yield from self._making_all()
            self._finish("CREATE_COMPLETE")
        except ResourceFailedError as failed:
            # AWS: DisableRollback and OnFailure decide; the lab's stacks always roll back.
            reason = (
                f"The following resource(s) failed to create: [{failed.logical_id}]. "
                "Rollback requested by user."
            )
            self._tell("ROLLBACK_IN_PROGRESS", reason)
            yield from self._removing(self._latest_first(), "ROLLBACK")

    def _making_all(self) -> Iterator[None]:
        """Make side by side what needs nothing of each other."""
        order = template.sorter(self.template_dict)
        order.prepare()
        begun: dict[str, Iterator[None]] = {}
        while order.is_active():
            wanted = {name: self.work.is_wanted(name) for name in order.get_ready()}
            begun |= {name: self.work.make(name) for name, is_wanted in wanted.items() if is_wanted}
            done = [name for name, is_wanted in wanted.items() if not is_wanted]
            done += self._gone_on(begun)
            order.done(*done)
            if not done:
                yield

    def _gone_on(self, begun: dict[str, Iterator[None]]) -> list[str]:
        """Go on with each that has begun; which are done now."""
        done = []
        try:
            for name, work in list(begun.items()):
                if next(work, DONE) is DONE:
                    done.append(name)
                    del begun[name]
        except ResourceFailedError as failed:
            # What was not begun yet at this look has no event of its own.
            others = (n for n in begun if n != failed.logical_id and n in self.last_events)
            for each in others:
                self.work.cancel(each)
            raise
        return done

    def _deleting(self) -> Iterator[None]:
        self._let_go_of_exports()
        yield from self._removing(self._latest_first(), "DELETE")
        if self.status == "DELETE_COMPLETE":
            self.deletion_time = utcnow()
            backend = cloudformation_backends[self.account_id][self.region_name]
            if backend.stacks.pop(self.stack_id, None):
                backend.deleted_stacks[self.stack_id] = self

    def _updating(self, before: tuple[Any, dict[str, Any]]) -> Iterator[None]:
        obsolete: list[Made] = []
        try:
            yield from self._bringing(obsolete)
        except ResourceFailedError as failed:
            reason = f"The following resource(s) failed to update: [{failed.logical_id}]. "
            self._tell("UPDATE_ROLLBACK_IN_PROGRESS", reason)
            yield from self._rolling_back(before, obsolete)
        else:
            yield from self._cleaning("UPDATE_COMPLETE", obsolete)

    def _rolling_back(
        self, before: tuple[Any, dict[str, Any]], obsolete: list[Made]
    ) -> Iterator[None]:
        replaced = self.work.restore(obsolete)
        self.take(*before)
        try:
            yield from self._bringing(replaced)
        except ResourceFailedError as failed:
            reason = f"The following resource(s) failed to update: [{failed.logical_id}]. "
            self._tell("UPDATE_ROLLBACK_FAILED", reason)
        else:
            yield from self._cleaning("UPDATE_ROLLBACK_COMPLETE", replaced)

    def _bringing(self, obsolete: list[Made]) -> Iterator[None]:
        names = self._names()
        for name in names:
            yield from self.work.bring(name, obsolete)
        for made in [each for each in self.work.made.values() if each.name not in names]:
            obsolete.append(self.work.made.pop(made.name))

    def _cleaning(self, status: str, obsolete: list[Made]) -> Iterator[None]:
        """Remove what an update has left over; what refuses to go is left."""
        self._tell(f"{status}_CLEANUP_IN_PROGRESS")
        for made in reversed(obsolete):
            try:
                yield from self.work.remove(made)
            except ResourceFailedError:
                continue
        self.last_updated_time = utcnow()
        self._finish(status)

    def _latest_first(self) -> list[Made]:
        names = self._names() if self.template_dict else []
        return [self.work.made[name] for name in reversed(names) if name in self.work.made]

    def _removing(self, all_made: list[Made], verb: str) -> Iterator[None]:
        failed = []
        for made in all_made:
            try:
                yield from self.work.remove(made)
            except ResourceFailedError:
                failed.append(made.name)
        if failed:
            named = ", ".join(failed)
            self._tell(f"{verb}_FAILED", f"The following resource(s) failed to delete: [{named}]. ")
        else:
            self._tell(f"{verb}_COMPLETE")

    # --- what it tells ------------------------------------------------------------

    def _finish(self, status: str) -> None:
        """All is there: what the template gives out can be read now."""
        self._let_go_of_exports()
        self.output_map = self._create_output_map()
        self._exports = self.output_map.exports
        self._outputs = Stack.outputs.fget(self)  # type: ignore[attr-defined]
        backend = cloudformation_backends[self.account_id][self.region_name]
        backend.exports.update({each.name: each for each in self._exports})
        self._tell(status)

    def _let_go_of_exports(self) -> None:
        backend = cloudformation_backends[self.account_id][self.region_name]
        for each in self._exports:
            backend.exports.pop(each.name, None)
        self._exports = []

    def _tell(self, status: str, reason: str | None = None) -> None:
        self.status, self.stack_status_reason = status, reason
        self._add_stack_event(status, resource_status_reason=reason)

    def _tell_resource(
        self, name: str, kind: str, status: str, reason: str | None, physical_id: str
    ) -> None:
        event = Event(
            *(self.stack_id, self.name, name, physical_id, kind, status, reason, None),
        )
        self.events.append(event)
        self.last_events[name] = event
