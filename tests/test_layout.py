"""What a cluster's store counts along with its changes is what counting afresh would find."""

from __future__ import annotations

from dataclasses import replace

from cluster_states import CLUSTER, ZONES, definition, instance, less, task
from hypothesis import given, settings
from hypothesis import strategies as st

from ecs_tutorial.control_plane.layout import Layout
from ecs_tutorial.control_plane.model import Cluster, Container, NetworkBinding, Resources
from ecs_tutorial.control_plane.store import ClusterStore, reported_ports

SMALL = definition(cpu=100, memory=200)
FIELDS = ("attribute:ecs.availability-zone", "instanceId", "attribute:colour")
GROUPS = ("service:a", "service:b")
NAMES = st.integers(0, 3)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["join", "paint", "leave", "start", "port", "stop", "end", "forget"]),
        NAMES,
        NAMES,
        st.sampled_from(GROUPS),
    ),
    max_size=50,
)


def with_port(before, port):
    binding = NetworkBinding("0.0.0.0", 80, port)
    one = Container("arn", before.task_arn, "app", "nginx", "0", network_bindings=(binding,))
    return replace(before, containers=(one,))


def change(store, kind, name, other, group):
    fresh = task(f"t{name}", f"i{other}", SMALL, group=group)
    before = store.live.get(fresh.task_arn)
    host = instance(f"i{other}", ZONES[other % 2])
    known = store.instances.get(host.container_instance_arn)
    if kind == "join":
        store.put_instance(known or host)
    elif kind == "paint" and known:
        store.put_instance(replace(known, attributes={**known.attributes, "colour": str(name)}))
    elif kind == "leave" and not store.tasks_on(host.container_instance_arn):
        store.remove_instance(host.container_instance_arn)
    elif kind == "start" and known and not store.task(fresh.task_arn):
        store.put_task(fresh)
    elif kind == "port" and before:
        store.put_task(with_port(before, 32768 + other))
    elif kind == "stop" and before:
        store.put_task(replace(before, desired_status="STOPPED"))
    elif kind == "end" and before:
        store.put_task(replace(before, desired_status="STOPPED", last_status="STOPPED"))
    elif kind == "forget":
        store.forget_task(fresh.task_arn)


def left_of(store, host):
    left = host.registered
    for each in store.live.values():
        if each.container_instance_arn == host.container_instance_arn:
            taken = Resources(SMALL.needs.cpu, SMALL.needs.memory, reported_ports(each))
            left = less(left, taken)
    return left


@given(CHANGES)
@settings(max_examples=150)
def test_counts_and_what_is_left_are_those_of_a_fresh_count(changes):
    store = ClusterStore(Cluster(CLUSTER, "Wordpress"), {SMALL.task_definition_arn: SMALL})
    for each in changes:
        change(store, *each)
        state = store.snapshot()
        fresh = Layout(state.instances, state.tasks, state.tasks_of)
        assert state.layout.everywhere.members == fresh.everywhere.members
        for field in FIELDS:
            parts = state.layout.everywhere.by(field, state.instances)
            assert parts == fresh.everywhere.by(field, state.instances)
            for group in GROUPS:
                assert +state.layout.counts(group, field) == +fresh.counts(group, field)
        assert dict(state.remaining) == {
            arn: left_of(store, host) for arn, host in state.instances.items()
        }
