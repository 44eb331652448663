"""What the scheduler never does, whatever happens to the cluster, and where it ends."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import timedelta

from cluster_states import (
    NOW,
    ZONES,
    cluster,
    definition,
    deployment,
    event,
    instance,
    service,
    task,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ecs_tutorial.control_plane.circuit_breaker import threshold
from ecs_tutorial.control_plane.daemon import places_of
from ecs_tutorial.control_plane.deployments import healthy_floor, task_ceiling
from ecs_tutorial.control_plane.model import CircuitBreaker
from ecs_tutorial.control_plane.plan import (
    AddEvent,
    CloseService,
    CountFailedTask,
    FinishDeployment,
    RollBack,
    StartTask,
    StopTask,
)
from ecs_tutorial.control_plane.scheduler import schedule
from ecs_tutorial.control_plane.service_records import finished, rolled_back, with_failed_task

DEFINITIONS = (
    definition(cpu=512, memory=500, revision=1),
    definition(cpu=300, memory=1500, ports=[80], revision=2),
    definition(cpu=1024, memory=300, ports=[80, 443], revision=3),
)


@dataclass
class World:
    """A cluster with one service: carries plans out, and lets things happen to tasks."""

    service: object
    instances: dict = field(default_factory=dict)
    tasks: dict = field(default_factory=dict)
    now: object = NOW
    rng: random.Random = field(default_factory=lambda: random.Random("world"))

    def state(self):
        return cluster(self.instances.values(), self.tasks.values(), [self.service], DEFINITIONS)

    def look(self):
        """Let the scheduler look once, hold its plan to the promises, carry it out."""
        before = self.state()
        plan = schedule(before, self.now, self.rng)
        self.keeps_enough_healthy(plan)
        self.starts_nothing_once_failed(plan)
        for action in plan.actions:
            self.carry_out(action)
        self.is_not_over_committed()
        self.is_not_over_the_ceiling(plan)
        self.is_one_to_an_instance()
        return plan

    def carry_out(self, action):
        match action:
            case StartTask():
                self.start(action)
            case StopTask(task_arn):
                self.tasks[task_arn] = replace(self.tasks[task_arn], desired_status="STOPPED")
            case AddEvent(_, message):
                events = (event(message, self.now), *self.service.events)[:100]
                self.service = replace(self.service, events=events)
            case FinishDeployment():
                self.service = finished(self.service, action, self.now)
            case RollBack():
                self.service = rolled_back(self.service, action, self.now)
            case CountFailedTask():
                self.service = with_failed_task(self.service, action)
            case CloseService():
                self.service = replace(self.service, status="INACTIVE")

    def start(self, action):
        of = next(d for d in DEFINITIONS if d.task_definition_arn == action.task_definition_arn)
        name = action.container_instance_arn.rsplit("/", 1)[1]
        fresh = task(
            action.task_id, name, of, last_status="PENDING", started_by=action.deployment_id
        )
        assert self.instances[fresh.container_instance_arn].status == "ACTIVE"
        self.tasks[fresh.task_arn] = replace(fresh, created_at=self.now)

    # --- promises ---------------------------------------------------------------

    def healthy(self):
        return {
            arn
            for arn, each in self.tasks.items()
            if each.last_status == each.desired_status == "RUNNING"
            and each.health_status != "UNHEALTHY"
        }

    def sized(self):
        """The service with the desired count that it has, given or counted."""
        if self.service.scheduling_strategy == "REPLICA":
            return self.service
        return replace(self.service, desired_count=len(places_of(self.service, self.state())))

    def keeps_enough_healthy(self, plan):
        """The scheduler's own stops never take the service below its minimum."""
        if self.service.status != "ACTIVE":
            return
        stopped = {each.task_arn for each in plan.actions if isinstance(each, StopTask)}
        before = self.healthy()
        if stopped & before:
            assert len(before - stopped) >= healthy_floor(self.sized())

    def is_not_over_the_ceiling(self, plan):
        """The scheduler's own starts never take the service above its maximum."""
        starts = any(isinstance(each, StartTask) for each in plan.actions)
        if starts and self.service.scheduling_strategy == "REPLICA":
            assert len(self.tasks) <= task_ceiling(self.service)

    def is_one_to_an_instance(self):
        """A daemon never has two tasks on one instance, not even while one of them stops."""
        if self.service.scheduling_strategy == "DAEMON":
            places = [each.container_instance_arn for each in self.tasks.values()]
            assert len(places) == len(set(places))

    def starts_nothing_once_failed(self, plan):
        """A deployment that has failed, or fails in this look, starts no task."""
        too_many = threshold(self.service.circuit_breaker, self.sized().desired_count)
        primary = self.service.primary if self.service.deployments else None
        if primary is None or self.service.status != "ACTIVE":
            return
        trips = self.service.circuit_breaker.enable and primary.failed_tasks >= too_many
        if primary.rollout_state == "FAILED" or (trips and primary.rollout_state == "IN_PROGRESS"):
            settled = any(
                isinstance(each, FinishDeployment) and each.rollout_state == "COMPLETED"
                for each in plan.actions
            )
            assert settled or not any(isinstance(each, StartTask) for each in plan.actions)

    def is_not_over_committed(self):
        """On no instance do tasks hold more CPU or memory than there is, or a port twice."""
        for arn, each in self.instances.items():
            here = [t for t in self.tasks.values() if t.container_instance_arn == arn]
            needs = [self.needs(t) for t in here]
            ports = [port for need in needs for port in need.ports] + list(each.registered.ports)
            assert sum(need.cpu for need in needs) <= each.registered.cpu
            assert sum(need.memory for need in needs) <= each.registered.memory
            assert len(ports) == len(set(ports))

    @staticmethod
    def needs(each):
        return next(
            d.needs for d in DEFINITIONS if d.task_definition_arn == each.task_definition_arn
        )

    # --- what happens -------------------------------------------------------------

    def agents_report(self):
        """Every task comes to where it is wished to be."""
        for arn, each in sorted(self.tasks.items()):
            if each.desired_status == "STOPPED":
                del self.tasks[arn]
            else:
                self.tasks[arn] = replace(each, last_status="RUNNING")

    def happens(self, what, number):
        self.now += timedelta(seconds=5)
        getattr(self, what)(number)

    def one_task_moves_on(self, number):
        if self.tasks:
            arn = sorted(self.tasks)[number % len(self.tasks)]
            each = self.tasks[arn]
            if each.desired_status == "STOPPED":
                del self.tasks[arn]
            else:
                self.tasks[arn] = replace(each, last_status="RUNNING")

    def one_task_sickens(self, number):
        """A container health check fails; the replacement of a sick task may sicken too."""
        running = sorted(self.healthy())
        if running:
            arn = running[number % len(running)]
            self.tasks[arn] = replace(self.tasks[arn], health_status="UNHEALTHY")

    def one_task_fails_to_start(self, number):
        pending = sorted(a for a, t in self.tasks.items() if t.last_status == "PENDING")
        if pending:
            self.fails_to_start(pending[number % len(pending)])

    def tasks_fail_to_start(self, of):
        for arn, each in sorted(self.tasks.items()):
            if each.started_by == of and each.last_status == "PENDING":
                self.fails_to_start(arn)

    def fails_to_start(self, arn):
        gone = self.tasks.pop(arn)
        failed = CountFailedTask(self.service.service_arn, gone.started_by)
        self.service = with_failed_task(self.service, failed)

    def one_task_dies(self, number):
        if self.tasks:
            del self.tasks[sorted(self.tasks)[number % len(self.tasks)]]

    def an_instance_comes(self, number):
        fresh = instance(f"n{len(self.instances)}-{number}", ZONES[number % 3])
        self.instances[fresh.container_instance_arn] = fresh

    def an_instance_goes(self, number):
        if self.instances:
            gone = sorted(self.instances)[number % len(self.instances)]
            del self.instances[gone]
            self.tasks = {
                arn: t for arn, t in self.tasks.items() if t.container_instance_arn != gone
            }

    def an_instance_drains(self, number):
        if self.instances:
            arn = sorted(self.instances)[number % len(self.instances)]
            self.instances[arn] = replace(self.instances[arn], status="DRAINING")

    def the_service_scales(self, number):
        self.service = replace(self.service, desired_count=number % 7)

    def a_deployment_begins(self, number):
        of = DEFINITIONS[number % len(DEFINITIONS)]
        count = int(self.service.primary.id.rsplit("/", 1)[1]) + 1
        older = tuple(replace(each, status="ACTIVE") for each in self.service.deployments)
        fresh = replace(deployment(of, count), created_at=self.now)
        self.service = replace(self.service, deployments=(fresh, *older))


HAPPENINGS = st.tuples(
    st.sampled_from(
        [
            "one_task_moves_on",
            "one_task_moves_on",
            "one_task_moves_on",
            "one_task_dies",
            "one_task_sickens",
            "one_task_fails_to_start",
            "one_task_fails_to_start",
            "an_instance_comes",
            "an_instance_goes",
            "an_instance_drains",
            "the_service_scales",
            "a_deployment_begins",
        ]
    ),
    st.integers(0, 20),
)
PERCENTS = st.sampled_from([(100, 200), (50, 100), (50, 200), (0, 100), (100, 150), (75, 125)])
STRATEGIES = st.sampled_from([(), ({"type": "random"},), ({"type": "binpack", "field": "cpu"},)])
CONSTRAINTS = st.sampled_from([(), ({"type": "distinctInstance"},)])
BREAKERS = st.builds(CircuitBreaker, enable=st.booleans(), rollback=st.booleans())


@st.composite
def worlds(draw, constraints=CONSTRAINTS, breakers=BREAKERS):
    minimum, maximum = draw(PERCENTS)
    world = World(
        service(
            DEFINITIONS[0],
            draw(st.integers(0, 6)),
            minimum_healthy_percent=minimum,
            maximum_percent=maximum,
            placement_strategy=draw(STRATEGIES),
            placement_constraints=draw(constraints),
            circuit_breaker=draw(breakers),
        )
    )
    for number in range(draw(st.integers(0, 4))):
        world.an_instance_comes(number)
    return world


@st.composite
def daemon_worlds(draw, breakers=BREAKERS):
    """A cluster with a DAEMON service; its desired count is nobody's wish."""
    world = World(
        service(
            DEFINITIONS[0],
            0,
            scheduling_strategy="DAEMON",
            minimum_healthy_percent=draw(st.sampled_from([0, 50, 75])),
            maximum_percent=100,
            circuit_breaker=draw(breakers),
        )
    )
    for number in range(draw(st.integers(0, 4))):
        world.an_instance_comes(number)
    return world


@settings(max_examples=80)
@given(worlds() | daemon_worlds(), st.lists(HAPPENINGS, max_size=20))
def test_no_history_makes_the_scheduler_break_a_promise(world, history):
    """Never over-committed, never under the minimum by its own doing, never over the maximum."""
    for what, number in history:
        world.look()
        world.happens(what, number)
    world.look()


@settings(max_examples=40)
@given(
    worlds(st.just(()), st.just(CircuitBreaker())),
    st.lists(HAPPENINGS, max_size=12),
    st.integers(1, 6),
)
def test_it_converges_where_there_is_room(world, history, desired):
    """After any history, given room and peace, the service reaches its desired count.

    Unless minimum and maximum leave no task to play with: then ECS is stuck too.
    """
    for what, number in history:
        world.look()
        world.happens(what, number)
    world.service = replace(world.service, desired_count=2 * desired)
    assume(healthy_floor(world.service) < task_ceiling(world.service))
    for number in range(4 * desired):
        world.an_instance_comes(100 + number)
    rest(world)
    primary = world.service.primary
    assert len(world.service.deployments) == 1
    assert primary.rollout_state == "COMPLETED"
    assert [t.started_by for t in world.tasks.values()] == [primary.id] * (2 * desired)
    assert world.service.events[0].message == "(service web) has reached a steady state."


@settings(max_examples=40)
@given(daemon_worlds(st.just(CircuitBreaker())), st.lists(HAPPENINGS, max_size=12))
def test_a_daemon_converges_to_one_on_each_active_instance(world, history):
    """After any history, given peace: a task of the newest kind on each instance that is ACTIVE.

    Unless the minimum lets no task go: a DAEMON puts no second one beside it, so it is stuck.
    """
    for what, number in history:
        world.look()
        world.happens(what, number)
    world.an_instance_comes(100)
    rest(world)
    assume(healthy_floor(world.service) < world.service.desired_count)
    active = {arn for arn, each in world.instances.items() if each.status == "ACTIVE"}
    assert {each.container_instance_arn for each in world.tasks.values()} == active
    assert {each.started_by for each in world.tasks.values()} == {world.service.primary.id}
    assert world.service.primary.rollout_state == "COMPLETED"


@settings(max_examples=60)
@given(worlds(st.just(())), st.integers(1, 6), st.booleans())
def test_a_deployment_that_never_starts_ends_as_the_breaker_says(world, desired, rollback):
    """FAILED, and with rollback back at the deployment that had completed; the old tasks serve."""
    breaker = CircuitBreaker(enable=True, rollback=rollback)
    world.service = replace(world.service, desired_count=2 * desired, circuit_breaker=breaker)
    assume(healthy_floor(world.service) < task_ceiling(world.service))
    for number in range(4 * desired):
        world.an_instance_comes(100 + number)
    rest(world)
    good = world.service.primary
    world.a_deployment_begins(1)
    for _ in range(200):
        world.now += timedelta(seconds=30)
        world.look()
        world.tasks_fail_to_start(of="ecs-svc/2")
        world.agents_report()
    states = [each.rollout_state for each in world.service.deployments]
    assert states == (["COMPLETED"] if rollback else ["FAILED", "COMPLETED"])
    assert world.service.deployments[-1].id == good.id
    assert len(world.healthy()) >= healthy_floor(world.service)


def rest(world, looks=40):
    """Let agents report and the scheduler look until it wants nothing more."""
    for _ in range(looks):
        world.now += timedelta(seconds=30)
        world.look()
        world.agents_report()
    assert not world.look().actions


@settings(max_examples=40)
@given(worlds() | daemon_worlds(), st.lists(HAPPENINGS, max_size=12))
def test_a_deleted_service_ends(world, history):
    """Whatever came before, DRAINING ends in INACTIVE with no task left."""
    for what, number in history:
        world.look()
        world.happens(what, number)
    world.service = replace(world.service, status="DRAINING", desired_count=0)
    for _ in range(3):
        world.look()
        world.agents_report()
    assert world.service.status == "INACTIVE"
    assert not world.tasks


@settings(max_examples=60)
@given(worlds() | daemon_worlds(), st.integers(0, 2**32))
def test_a_look_changes_nothing_and_repeats_itself(world, seed):
    """The same state, time and seed give the same plan, and the state is as it was."""
    state = world.state()
    copy = (dict(state.tasks), dict(state.remaining), dict(state.services))
    first = schedule(state, world.now, random.Random(seed))
    assert first == schedule(state, world.now, random.Random(seed))
    assert copy == (dict(state.tasks), dict(state.remaining), dict(state.services))


@settings(max_examples=60)
@given(worlds() | daemon_worlds())
def test_every_task_started_is_named_in_an_event(world):
    """Events tell the ids of exactly the tasks that the plan starts and stops."""
    plan = world.look()
    told = " ".join(each.message for each in plan.actions if isinstance(each, AddEvent))
    started = [each.task_id for each in plan.actions if isinstance(each, StartTask)]
    assert told.count("(task ") == len(started)
    assert all(f"(task {task_id})" in told for task_id in started)


def test_spread_keeps_zones_even_through_scaling():
    """Out to nine and in to three: the zones differ by one task at most at every rest."""
    world = World(service(DEFINITIONS[0], 9))
    for number in range(6):
        world.an_instance_comes(number)
    for desired in (9, 4, 7, 3):
        world.service = replace(world.service, desired_count=desired)
        rest(world, looks=6)
        zones = [
            world.instances[t.container_instance_arn].availability_zone
            for t in world.tasks.values()
        ]
        counts = [zones.count(zone) for zone in ZONES]
        assert sum(counts) == desired
        assert max(counts) - min(counts) <= 1


def test_five_thousand_instances():
    """A cluster at its quota: a thousand tasks find their places in one look."""
    of = definition()
    machines = [instance(f"n{number:04}", ZONES[number % 3]) for number in range(5000)]
    plan = schedule(cluster(machines, (), [service(of, 1000)], [of]), NOW, random.Random(1))
    places = [e.container_instance_arn for e in plan.actions if isinstance(e, StartTask)]
    assert len(places) == 1000
    zones = [int(place[-4:]) % 3 for place in places]
    assert sorted(zones.count(zone) for zone in range(3)) == [333, 333, 334]
