"""Where a task is placed, and why it is not placed elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from cluster_states import ZONES, cluster, definition, instance, instance_arn, rng, task
from hypothesis import given
from hypothesis import strategies as st

from ecs_tutorial.control_plane import events
from ecs_tutorial.control_plane.model import Resources
from ecs_tutorial.control_plane.placement import (
    REASONS,
    Rejection,
    Request,
    closest,
    explain,
    place,
    unfit,
)
from ecs_tutorial.control_plane.ranking import first_to_leave, fullest_first, shuffled
from ecs_tutorial.control_plane.room import Room

BINPACK = ({"type": "binpack", "field": "memory"},)
SPREAD_ZONES = ({"type": "spread", "field": "attribute:ecs.availability-zone"},)
SPREAD_INSTANCES = ({"type": "spread", "field": "instanceId"},)
DISTINCT = ({"type": "distinctInstance"},)


def request(of=None, group="family:wordpress", **fields):
    return Request(of or definition(), group, **fields)


def place_many(state, wanted, count, seed="test"):
    """The names of the instances that ``count`` copies get, one after the other."""
    room, generator, names = Room(state), rng(seed), []
    for _ in range(count):
        arn = place(room, wanted, generator)
        if arn is None:
            break
        room.take(arn, wanted.needs, wanted.group)
        names.append(arn.rsplit("/", 1)[1])
    return names


# --- feasible -------------------------------------------------------------------


def test_an_empty_cluster_has_no_place_and_nothing_to_explain():
    """Without instances there is neither a place nor a closest instance."""
    assert place(cluster(), request(), rng()) is None
    assert explain(cluster(), request()) == ()
    assert closest(cluster(), request()) is None


@pytest.mark.parametrize(
    ("needs", "reason"),
    [
        (definition(cpu=2049), "RESOURCE:CPU"),
        (definition(memory=4097), "RESOURCE:MEMORY"),
        (definition(ports=[22]), "RESOURCE:PORTS"),
        (definition(requires_attributes=({"name": "gpu"},)), "ATTRIBUTE"),
        (definition(requires_attributes=({"name": "stack", "value": "prod"},)), "ATTRIBUTE"),
    ],
)
def test_what_an_instance_lacks_is_named(needs, reason):
    """Each requirement that an instance does not meet has AWS's reason."""
    state = cluster([instance("a", attributes={"stack": "test"})])
    assert place(state, request(needs), rng()) is None
    assert explain(state, request(needs)) == (Rejection(instance_arn("a"), reason),)


@pytest.mark.parametrize(
    "needs",
    [
        definition(cpu=2048, memory=4096, ports=[80]),
        definition(requires_attributes=({"name": "stack"}, {"name": "stack", "value": "test"})),
    ],
)
def test_what_just_fits_is_placed(needs):
    """All of an instance may be used, and an attribute may be asked for by name or value."""
    state = cluster([instance("a", attributes={"stack": "test"})])
    assert place(state, request(needs), rng()) == instance_arn("a")
    assert explain(state, request(needs)) == ()


def test_the_same_port_of_another_protocol_is_free():
    """Ports are taken per protocol."""
    udp = definition(
        container_definitions=(
            {"name": "dns", "portMappings": [{"hostPort": 22, "protocol": "udp"}]},
        )
    )
    assert place(cluster([instance("a")]), request(udp), rng()) == instance_arn("a")


def test_a_disconnected_agent_is_passed_over():
    """An instance whose agent is not connected gives AGENT."""
    state = cluster([instance("a", agent_connected=False)])
    assert explain(state, request()) == (Rejection(instance_arn("a"), "AGENT"),)


def test_a_draining_instance_is_not_looked_at():
    """Nothing new is placed on a DRAINING instance, and it is no failure either."""
    state = cluster([instance("a", status="DRAINING")])
    assert place(state, request(), rng()) is None
    assert explain(state, request()) == ()
    assert closest(state, request()) is None


def test_an_instance_that_has_room_is_not_explained():
    """Only those passed over are explained, sorted by ARN."""
    state = cluster([instance("c", cpu=1), instance("b"), instance("a", cpu=1)])
    arns = [each.container_instance_arn for each in explain(state, request())]
    assert arns == [instance_arn("a"), instance_arn("c")]


def test_the_first_lacking_resource_is_the_reason():
    """CPU is judged before memory, and memory before ports."""
    state = cluster([instance("a", cpu=1, memory=1)])
    assert explain(state, request(definition(ports=[22])))[0].reason == "RESOURCE:CPU"


def test_overridden_needs_count_instead_of_the_definition():
    """Overrides of a container's CPU and memory decide whether it fits."""
    state = cluster([instance("a")])
    assert place(state, request(overridden=Resources(cpu=9999)), rng()) is None
    assert place(state, request(definition(cpu=9999), overridden=Resources(cpu=1)), rng())


# --- closest --------------------------------------------------------------------


def test_the_closest_instance_lacks_least():
    """One unmet requirement is closer than two."""
    state = cluster([instance("a", cpu=1, memory=1), instance("b", memory=1)])
    assert closest(state, request()) == Rejection(instance_arn("b"), "RESOURCE:MEMORY")


def test_one_early_shortcoming_is_closer_than_two_late_ones():
    """How much is lacking goes before what is lacking."""
    of = definition(memory=500, ports=[80])
    on_b = task("1", "b", of, "family:other")
    state = cluster([instance("a", cpu=1), instance("b", memory=600)], [on_b], definitions=[of])
    assert closest(state, request(of)) == Rejection(instance_arn("a"), "RESOURCE:CPU")


def test_among_equals_the_one_turned_down_last_is_closest():
    """A taken port is closer than too little CPU: all else had been judged good."""
    of = definition(cpu=10, ports=[80])
    on_b = task("1", "b", of, "family:other")
    state = cluster([instance("a", cpu=1), instance("b")], [on_b], definitions=[of])
    assert [each.reason for each in explain(state, request(of))] == [
        "RESOURCE:CPU",
        "RESOURCE:PORTS",
    ]
    assert closest(state, request(of)) == Rejection(instance_arn("b"), "RESOURCE:PORTS")


# --- constraints ----------------------------------------------------------------


def test_distinct_instance_puts_one_task_of_the_group_on_each():
    """The third copy finds no instance without a task of its group."""
    state = cluster([instance("a"), instance("b")])
    wanted = request(constraints=DISTINCT)
    assert sorted(place_many(state, wanted, 3)) == ["a", "b"]


def test_distinct_instance_minds_its_own_group_only():
    """A task of another group does not stand in the way."""
    of = definition()
    state = cluster([instance("a")], [task("1", "a", of, "family:other")], definitions=[of])
    assert place(state, request(constraints=DISTINCT), rng())


def test_distinct_instance_minds_the_desired_status():
    """A task that is stopping no longer keeps another of its group away."""
    of = definition()
    present = task("1", "a", of, "family:wordpress")
    stopping = task("1", "a", of, "family:wordpress", desired_status="STOPPED")
    taken = cluster([instance("a")], [present], definitions=[of])
    wanted = request(of, constraints=DISTINCT)
    assert explain(taken, wanted)[0].reason == "DISTINCTINSTANCE"
    assert place(cluster([instance("a")], [stopping], definitions=[of]), wanted, rng())


def test_member_of_binds():
    """An instance that the expression does not select is never used."""
    state = cluster([instance("a", ZONES[0]), instance("b", ZONES[1])])
    only_b = {"type": "memberOf", "expression": "attribute:ecs.availability-zone == us-east-1b"}
    wanted = request(constraints=(only_b,))
    assert set(place_many(state, wanted, 5)) == {"b"}
    assert explain(state, wanted) == (Rejection(instance_arn("a"), "MEMBEROF"),)


def test_the_definitions_own_constraints_bind_as_well():
    """Constraints of the task definition and of the request are both obeyed."""
    in_b = {"type": "memberOf", "expression": "attribute:ecs.availability-zone == us-east-1b"}
    of = definition(placement_constraints=(in_b,))
    state = cluster([instance("a", ZONES[0]), instance("b", ZONES[1])])
    assert place_many(state, request(of, constraints=DISTINCT), 3) == ["b"]


def test_member_of_sees_the_tasks_placed_a_moment_ago():
    """Anti-affinity to one's own group holds within one go."""
    alone = {"type": "memberOf", "expression": "not(task:group == family:wordpress)"}
    state = cluster([instance("a"), instance("b")])
    assert sorted(place_many(state, request(constraints=(alone,)), 3)) == ["a", "b"]


def test_member_of_sees_the_tasks_of_the_snapshot():
    """Affinity places beside a task that runs already."""
    of = definition()
    beside = {"type": "memberOf", "expression": "task:group == service:db"}
    state = cluster(
        [instance("a"), instance("b")], [task("1", "b", of, "service:db")], definitions=[of]
    )
    assert place(state, request(constraints=(beside,)), rng()) == instance_arn("b")


# --- strategies -----------------------------------------------------------------


def test_without_a_strategy_the_place_is_random_but_repeatable():
    """Every feasible instance is chosen sometimes, and the same seed gives the same choice."""
    state = cluster([instance(name) for name in "abcd"])
    chosen = [place_many(state, request(), 1, str(seed))[0] for seed in range(60)]
    assert set(chosen) == set("abcd")
    assert chosen == [place_many(state, request(), 1, str(seed))[0] for seed in range(60)]


def test_spread_over_zones_evens_the_group_out():
    """Six tasks over three zones are two in each, however many instances a zone has."""
    zones = {"a": ZONES[0], "b": ZONES[0], "c": ZONES[0], "d": ZONES[1], "e": ZONES[2]}
    state = cluster([instance(name, zone) for name, zone in zones.items()])
    names = place_many(state, request(strategies=SPREAD_ZONES), 6)
    assert Counter(zones[name] for name in names) == dict.fromkeys(ZONES, 2)


def test_spread_counts_the_groups_own_tasks_only():
    """Tasks of other groups do not push a task to another zone; its own do."""
    of = definition()
    tasks = [task(str(n), "a", of, "family:other") for n in range(3)] + [
        task("own", "b", of, "family:wordpress")
    ]
    state = cluster([instance("a"), instance("b", ZONES[1])], tasks, definitions=[of])
    assert place_many(state, request(of, strategies=SPREAD_ZONES), 1) == ["a"]


def test_spread_is_best_effort():
    """When the emptiest zone has no room the next one serves."""
    state = cluster([instance("a", memory=100), instance("b", ZONES[1])])
    assert place_many(state, request(strategies=SPREAD_ZONES), 3) == ["b", "b", "b"]


def test_spread_over_instances():
    """Each instance gets one before any gets two."""
    state = cluster([instance(name) for name in "abc"])
    names = place_many(state, request(strategies=SPREAD_INSTANCES), 6)
    assert sorted(names[:3]) == ["a", "b", "c"]
    assert sorted(names[3:]) == ["a", "b", "c"]


def test_instances_without_the_attribute_are_one_group():
    """Spread over an attribute works where some instances lack it."""
    state = cluster([instance("a", attributes={"rack": "1"}), instance("b"), instance("c")])
    wanted = request(strategies=({"type": "spread", "field": "attribute:rack"},))
    names = place_many(state, wanted, 4)
    assert Counter(name == "a" for name in names) == {True: 2, False: 2}


@pytest.mark.parametrize("field", ["memory", "cpu", "MEMORY", "CPU"])
def test_binpack_fills_the_instance_with_least_left(field):
    """The fullest that still has room is taken until it is full."""
    sizes = {"big": 2000, "small": 1000, "full": 10}
    state = cluster([instance(name, cpu=size, memory=size) for name, size in sizes.items()])
    wanted = request(
        definition(cpu=500, memory=500), strategies=({"type": "binpack", "field": field},)
    )
    assert place_many(state, wanted, 9) == ["small"] * 2 + ["big"] * 4


def test_strategies_apply_in_the_order_given():
    """Spread over zones first, then binpack inside the chosen zone."""
    state = cluster(
        [
            instance("a-big", ZONES[0], memory=4000),
            instance("a-small", ZONES[0], memory=1000),
            instance("b-big", ZONES[1], memory=4000),
            instance("b-small", ZONES[1], memory=1000),
        ]
    )
    names = place_many(state, request(strategies=SPREAD_ZONES + BINPACK), 6)
    assert sorted(names[:4]) == ["a-small", "a-small", "b-small", "b-small"]
    assert sorted(names[4:]) == ["a-big", "b-big"]


# --- the room -------------------------------------------------------------------


def test_a_room_leaves_the_snapshot_as_it_is():
    """What is placed in a room is noted there only."""
    state = cluster([instance("a")])
    before = dict(state.remaining)
    assert len(place_many(state, request(definition(memory=1000)), 9)) == 4
    assert state.remaining == before


def test_a_fixed_port_is_taken_once_per_instance():
    """Two copies with host port 80 need two instances."""
    state = cluster([instance("a"), instance("b")])
    assert sorted(place_many(state, request(definition(ports=[80])), 3)) == ["a", "b"]


def test_a_task_told_to_stop_keeps_its_room_but_leaves_the_counts():
    """Its memory is not free before it has stopped; for spread it is gone."""
    of = definition(memory=3000)
    here = task("1", "a", of, "service:web")
    room = Room(cluster([instance("a")], [here], definitions=[of]))
    assert room.counts("service:web", "instanceId")["i-a"] == 1
    room.leave(here)
    assert room.counts("service:web", "instanceId")["i-a"] == 0
    assert room.counts("service:web", "host")["i-a"] == 0
    assert room.remaining(instance_arn("a")).memory == 1096


# --- scale-in -------------------------------------------------------------------


def leaving_names(state, strategies):
    tasks = sorted(state.tasks.values(), key=lambda each: each.task_arn)
    return [each.task_id for each in first_to_leave(Room(state), tasks, strategies)]


def test_spread_leaves_from_the_fullest_zone():
    """Each task that leaves evens the zones out."""
    of = definition()
    state = cluster(
        [instance("a", ZONES[0]), instance("b", ZONES[1])],
        [task("a1", "a", of), task("a2", "a", of), task("a3", "a", of), task("b1", "b", of)],
        definitions=[of],
    )
    assert [name[0] for name in leaving_names(state, SPREAD_ZONES)[:2]] == ["a", "a"]


def test_inside_a_zone_the_instance_with_most_tasks_of_the_service_goes_first():
    """Within the fullest zone the fullest instance gives up its task."""
    of = definition()
    state = cluster(
        [instance("a"), instance("b")],
        [task("2", "b", of), task("3", "b", of), task("9", "a", of)],
        definitions=[of],
    )
    assert leaving_names(state, SPREAD_ZONES)[0] == "3"


def test_binpack_leaves_from_the_instance_with_most_left():
    """What is packed tight stays packed."""
    of = definition()
    state = cluster(
        [instance("small", memory=1000), instance("big", memory=4000)],
        [task("1", "small", of), task("2", "big", of)],
        definitions=[of],
    )
    assert leaving_names(state, BINPACK) == ["2", "1"]


@given(st.lists(st.integers(1, 6), min_size=1, max_size=6))
def test_taking_from_the_fullest_part_never_lets_parts_drift(sizes):
    """Whatever is taken, only parts at the maximum have been taken from."""
    parts = [[(number, item) for item in range(size)] for number, size in enumerate(sizes)]
    left = Counter(dict(enumerate(sizes)))
    for number, _ in fullest_first(parts):
        assert left[number] == max(left.values())
        left[number] -= 1
    assert not +left


@given(st.lists(st.integers(), max_size=30), st.integers())
def test_a_lazy_shuffle_keeps_every_item(items, seed):
    """Each item comes out exactly once."""
    assert sorted(shuffled(items, rng(str(seed)))) == sorted(items)


# --- properties -----------------------------------------------------------------

SIZES = st.tuples(st.integers(0, 40), st.integers(0, 40))
STRATEGIES = st.sampled_from(
    [(), ({"type": "random"},), SPREAD_ZONES, SPREAD_INSTANCES, BINPACK, SPREAD_ZONES + BINPACK]
)


@st.composite
def small_clusters(draw):
    return cluster(
        instance(
            f"n{number}",
            draw(st.sampled_from(ZONES)),
            cpu=cpu,
            memory=memory,
            agent_connected=draw(st.sampled_from([True, True, True, False])),
            status=draw(st.sampled_from(["ACTIVE", "ACTIVE", "ACTIVE", "DRAINING"])),
        )
        for number, (cpu, memory) in enumerate(draw(st.lists(SIZES, max_size=6)))
    )


@given(small_clusters(), SIZES, st.sets(st.sampled_from([22, 80, 81]), max_size=2), STRATEGIES)
def test_no_strategy_over_commits_and_each_failure_is_explained(state, size, ports, strategies):
    """Placing until nothing fits leaves no instance below zero and explains every ACTIVE one."""
    wanted = request(definition(*size, ports=ports), strategies=strategies)
    room, generator = Room(state), rng()
    for _ in range(50):
        arn = place(room, wanted, generator)
        if arn is None:
            break
        assert not wanted.needs.ports & room.remaining(arn).ports
        room.take(arn, wanted.needs, wanted.group)
    else:
        return
    assert all(
        room.remaining(arn).cpu >= 0 <= room.remaining(arn).memory for arn in state.instances
    )
    active = sorted(a for a, each in state.instances.items() if each.status == "ACTIVE")
    rejections = explain(room, wanted)
    assert [each.container_instance_arn for each in rejections] == active
    assert {each.reason for each in rejections} <= set(REASONS)
    assert (closest(room, wanted) in rejections) == bool(active)


@given(small_clusters(), SIZES, STRATEGIES)
def test_a_place_is_found_exactly_when_one_is_feasible(state, size, strategies):
    """Strategies only choose: they never make a placement fail."""
    wanted = request(definition(*size), strategies=strategies)
    active = [each for each in state.instances.values() if each.status == "ACTIVE"]
    assert (place(state, wanted, rng()) is None) == (len(explain(state, wanted)) == len(active))


def test_a_named_instance_is_judged_whatever_its_status():
    """One named instance: its first unmet requirement, INACTIVE while it drains, else None."""
    state = cluster([instance("1"), instance("2", status="DRAINING"), instance("3", cpu=1)])
    found = [unfit(state, request(), instance_arn(name)) for name in "123"]
    assert found == [None, "INACTIVE", "RESOURCE:CPU"]


@pytest.mark.parametrize(
    ("platform", "reason"),
    [
        ({"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}, None),
        ({"cpuArchitecture": "ARM64"}, "ATTRIBUTE"),
        ({"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, "ATTRIBUTE"),
    ],
)
def test_the_platform_of_a_definition_binds(platform, reason):
    """A task for another processor or system finds no place on Linux and x86_64."""
    machine = instance("1", attributes={"ecs.cpu-architecture": "x86_64", "ecs.os-type": "linux"})
    wanted = request(definition(runtime_platform=platform))
    assert unfit(cluster([machine]), wanted, instance_arn("1")) == reason


def test_a_gpu_is_nowhere():
    """A container that asks for a GPU is passed over for just that."""
    gpu = {"name": "a", "resourceRequirements": [{"type": "GPU", "value": "1"}]}
    wanted = request(definition(container_definitions=(gpu,)))
    assert explain(cluster([instance("1")]), wanted)[0].reason == "RESOURCE:GPU"


def test_the_size_of_the_task_is_what_it_needs():
    """A task-level size counts instead of the sum of the containers, each part by itself."""
    assert definition(10, 500).needs == Resources(10, 500)
    assert replace(definition(10, 500), cpu="1024").needs == Resources(1024, 500)
    assert replace(definition(10, 500), memory="2048").needs == Resources(10, 2048)


def test_each_reason_has_its_words_in_an_event():
    """Whatever keeps a task from its place, the service's event can say it."""
    assert set(REASONS) <= set(events.SHORTCOMINGS)
