"""RegisterTaskDefinition: what is filled in, what is kept as given, what is refused."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecs_tutorial.control_plane.errors import EcsError
from ecs_tutorial.control_plane.model import Resources, TaskDefinition
from ecs_tutorial.control_plane.task_definitions import register

NOW = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/wordpress:1"
ROOT = "arn:aws:iam::123456789012:root"
ROLE = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole"


def container(name: str = "web", **settings: Any) -> dict[str, Any]:
    return {"name": name, "image": "nginx", "memory": 128, **settings}


def task(*containers: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return {"family": "wordpress", "containerDefinitions": list(containers), **settings}


def wordpress() -> dict[str, Any]:
    """The definition of the walk: WordPress with a link to its database."""
    return task(
        {
            "name": "wordpress",
            "links": ["mysql"],
            "image": "wordpress",
            "essential": True,
            "portMappings": [{"containerPort": 80, "hostPort": 80}],
            "memory": 500,
            "cpu": 10,
        },
        {
            "name": "mysql",
            "image": "mysql",
            "essential": True,
            "environment": [{"name": "MYSQL_ROOT_PASSWORD", "value": "password"}],
            "memory": 500,
            "cpu": 10,
        },
    )


def registered(params: dict[str, Any]) -> TaskDefinition:
    return register(params, revision=1, arn=ARN, now=NOW, registered_by=ROOT)


def refused(params: dict[str, Any]) -> str:
    with pytest.raises(EcsError) as caught:
        registered(params)
    assert caught.value.code == "ClientException"
    return caught.value.message


class TestWhatIsKept:
    def test_the_walk_s_definition_is_stored_as_given(self) -> None:
        """Every member of the request is found again, unchanged, in the answer."""
        definition = registered(wordpress())
        for given_container, kept in zip(
            wordpress()["containerDefinitions"], definition.container_definitions, strict=True
        ):
            for setting in given_container.keys() - {"portMappings"}:
                assert kept[setting] == given_container[setting]

    def test_the_request_is_not_changed(self) -> None:
        """Filling in happens on a copy: the learner's own dictionary stays as it was."""
        params = task(container(portMappings=[{"containerPort": 80}]), volumes=[{"name": "v"}])
        before = copy.deepcopy(params)
        registered(params)
        assert params == before

    def test_two_definitions_share_no_defaults(self) -> None:
        """A default list of one container is never the same object as another's."""
        first = registered(task(container("a"), container("b"))).container_definitions
        assert first[0]["environment"] is not first[1]["environment"]

    def test_identity_comes_from_the_store(self) -> None:
        """Revision, ARN, time and caller are those that the store gave."""
        definition = register(wordpress(), revision=7, arn=ARN, now=NOW, registered_by=ROOT)
        assert (definition.family, definition.revision) == ("wordpress", 7)
        assert (definition.task_definition_arn, definition.registered_by) == (ARN, ROOT)
        assert definition.registered_at == NOW
        assert definition.status == "ACTIVE"

    def test_everything_else_goes_through(self) -> None:
        """Members that the lab does not act on are answered as they were given."""
        params = task(
            container(),
            taskRoleArn=ROLE,
            executionRoleArn=ROLE,
            runtimePlatform={"cpuArchitecture": "X86_64"},
            pidMode="host",
            ipcMode="none",
            placementConstraints=[{"type": "memberOf", "expression": "attribute:a exists"}],
            tags=[{"key": "course", "value": "ecs"}],
            networkMode="bridge",
            requiresCompatibilities=["EC2"],
        )
        definition = registered(params)
        assert definition.task_role_arn == definition.execution_role_arn == ROLE
        assert definition.runtime_platform == {"cpuArchitecture": "X86_64"}
        assert (definition.pid_mode, definition.ipc_mode) == ("host", "none")
        assert definition.placement_constraints == tuple(params["placementConstraints"])
        assert definition.tags == ({"key": "course", "value": "ecs"},)
        assert definition.network_mode == "bridge"
        assert definition.requires_compatibilities == ("EC2",)

    def test_what_a_task_needs_can_be_counted(self) -> None:
        """The walk's task takes 20 CPU units, 1000 MiB and host port 80."""
        needs = registered(wordpress()).needs
        assert needs == Resources(20, 1000, frozenset({(80, "tcp")}))


class TestWhatIsFilledIn:
    def test_a_container_gets_the_recorded_defaults(self) -> None:
        """What ECS answers for a container of which only the least was said."""
        kept = registered(task(container())).container_definitions[0]
        assert kept == {
            "name": "web",
            "image": "nginx",
            "memory": 128,
            "cpu": 0,
            "portMappings": [],
            "essential": True,
            "environment": [],
            "mountPoints": [],
            "volumesFrom": [],
            "systemControls": [],
        }

    @pytest.mark.parametrize(
        ("mode", "host_port"), [(None, 0), ("bridge", 0), ("host", 80), ("awsvpc", 80)]
    )
    def test_a_host_port_left_out(self, mode: str | None, host_port: int) -> None:
        """In bridge mode 0, a port of the agent's choice; elsewhere the container's own."""
        settings = {"networkMode": mode} if mode else {}
        params = task(container(portMappings=[{"containerPort": 80}]), **settings)
        assert registered(params).container_definitions[0]["portMappings"] == [
            {"containerPort": 80, "hostPort": host_port, "protocol": "tcp"}
        ]

    def test_the_network_mode_is_not_echoed_when_omitted(self) -> None:
        """Bridge is used, and the answer has no networkMode."""
        assert registered(task(container())).network_mode is None

    def test_a_health_check_gets_its_defaults(self) -> None:
        """Interval 30, timeout 5, retries 3; the start period stays off."""
        check = {"command": ["CMD", "true"], "retries": 5}
        kept = registered(task(container(healthCheck=check))).container_definitions[0]
        assert kept["healthCheck"] == {
            "command": ["CMD", "true"],
            "interval": 30,
            "timeout": 5,
            "retries": 5,
        }

    @pytest.mark.parametrize(
        ("asked", "cpu", "memory"),
        [(("1 vCPU", "1 GB"), "1024", "1024"), ((".5vcpu", "2GB"), "512", "2048")],
    )
    def test_task_sizes_in_words_become_numbers(
        self, asked: tuple[str, str], cpu: str, memory: str
    ) -> None:
        """A task's vCPUs and GB are converted to units and MiB when it is registered."""
        definition = registered(task(container(), cpu=asked[0], memory=asked[1]))
        assert (definition.cpu, definition.memory) == (cpu, memory)

    @pytest.mark.parametrize(
        ("settings", "expected"),
        [
            ({}, ("EXTERNAL", "EC2")),
            ({"networkMode": "host"}, ("EXTERNAL", "EC2")),
            ({"networkMode": "awsvpc"}, ("EC2",)),
            ({"networkMode": "awsvpc", "cpu": "256", "memory": "512"}, ("EC2", "FARGATE")),
        ],
    )
    def test_compatibilities(self, settings: dict[str, str], expected: tuple[str, ...]) -> None:
        """Fargate only with awsvpc and one of its sizes; EXTERNAL never with awsvpc."""
        assert registered(task(container(), **settings)).compatibilities == expected


class TestRequiredAttributes:
    def test_the_walk_needs_none(self) -> None:
        """requiresAttributes is absent when nothing needs one."""
        assert registered(wordpress()).requires_attributes is None

    @pytest.mark.parametrize(
        ("params", "attribute"),
        [
            (task(container(), taskRoleArn=ROLE), "com.amazonaws.ecs.capability.task-iam-role"),
            (task(container(), networkMode="awsvpc"), "ecs.capability.task-eni"),
            (
                task(container(privileged=True)),
                "com.amazonaws.ecs.capability.privileged-container",
            ),
            (
                task(container(logConfiguration={"logDriver": "syslog"})),
                "com.amazonaws.ecs.capability.logging-driver.syslog",
            ),
            (
                task(container(image="123456789012.dkr.ecr.us-east-1.localhost/web:1")),
                "com.amazonaws.ecs.capability.ecr-auth",
            ),
            (
                task(container(healthCheck={"command": ["CMD", "true"]})),
                "ecs.capability.container-health-check",
            ),
            (
                task(
                    container(secrets=[{"name": "A", "valueFrom": "arn:aws:ssm:::parameter/a"}]),
                    executionRoleArn=ROLE,
                ),
                "ecs.capability.secrets.ssm.environment-variables",
            ),
        ],
    )
    def test_a_setting_asks_for_a_capability(self, params: dict[str, Any], attribute: str) -> None:
        """What an agent must be able to do becomes an attribute of the instance."""
        assert {"name": attribute} in (registered(params).requires_attributes or ())


MEMORY_MISSING = (
    "Invalid setting for container 'web'. "
    "At least one of 'memory' or 'memoryReservation' must be specified."
)
INVALID_CPU = (
    "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section "
    "of the Amazon ECS Developer Guide."
)
PORT_80 = [{"containerPort": 80, "hostPort": 3000}]
AWSLOGS = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "web", "awslogs-region": "us-east-1"},
}
FARGATE = {
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
}

REFUSED_TASKS = [
    (task(), "Container list cannot be empty."),
    (task(*(container(f"c{n}") for n in range(11))), "Too many containers."),
    ({**task(container()), "family": "word press"}, "Family contains invalid characters."),
    ({**task(container()), "family": "a" * 256}, "Family should be 255 characters or less"),
    ({**task(container()), "family": ""}, "Family should not be null or empty."),
    (task(container(), tags=[]), "Tags can not be empty."),
    (task(container(), cpu="64"), INVALID_CPU),
    (task(container(), cpu="much"), INVALID_CPU),
    (task(container(), memory="0"), INVALID_CPU.replace("cpu", "memory")),
    (task(container(), networkMode="bridg"), INVALID_CPU.replace("cpu", "networkMode")),
    (
        task(container(cpu=100), container("b", cpu=100), cpu="128"),
        "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
    ),
    (
        task(
            container(memory=None, memoryReservation=100),
            container("b", memory=None, memoryReservation=100),
            memory="128",
        ),
        "The sum of all container 'memoryReservation' values cannot be greater than the value "
        "of the task 'memory'.",
    ),
    (
        task(container(memory=200), memory="128"),
        "The 'memory' setting for container 'web' is greater than for the task.",
    ),
    (
        task(container("a"), container("a")),
        "Container names must be unique within a Task Definition.",
    ),
    (
        task(container(essential=False)),
        "Task definition doesn't have any essential container.",
    ),
    (
        task(container(portMappings=PORT_80), container("b", portMappings=PORT_80)),
        "TCP host port '3000' is mapped multiple times in task.",
    ),
]
REFUSED_CONTAINERS = [
    (container(name=""), "Container.name should not be null or empty."),
    ({"image": "nginx", "memory": 128}, "Container.name should not be null or empty."),
    (container(name="my web"), "Container.name contains invalid characters."),
    (container(name="a" * 256), "Container.name should be 255 characters or less"),
    (container(image=""), "Container.image should not be null or empty."),
    (container(image="word press"), "Container.image contains invalid characters."),
    (container(image="a" * 256), "Container.image should be 255 characters or less"),
    ({"name": "web", "image": "nginx"}, MEMORY_MISSING),
    (container(memory=5), "Invalid 'memory' setting for container 'web'."),
    (
        container(memory=100, memoryReservation=101),
        "Invalid 'memoryReservation' setting for container 'web'.",
    ),
    (container(cpu=-1), "Invalid 'cpu' setting for container 'web'."),
    (
        container(portMappings=[{"containerPort": 70000}]),
        "Invalid 'containerPort' setting for container 'web'.",
    ),
    (
        container(portMappings=[{"hostPort": 80}]),
        "Invalid 'containerPort' setting for container 'web'.",
    ),
    (
        container(portMappings=[{"containerPort": 80, "hostPort": -1}]),
        "Invalid 'hostPort' setting for container 'web'.",
    ),
    (
        container(portMappings=[{"containerPort": 80, "protocol": "http"}]),
        "Invalid 'protocol' setting for container 'web'.",
    ),
    (
        container(mountPoints=[{"sourceVolume": "root-RO", "containerPath": "/r"}]),
        "Unknown volume 'root-RO'.",
    ),
    (
        container(logConfiguration={"logDriver": "awslogs"}),
        "Log driver awslogs requires options: awslogs-region, awslogs-group",
    ),
    (
        container(secrets=[{"name": "A", "valueFrom": "a"}]),
        "When you are specifying container secrets, you must also specify a value for "
        "'executionRoleArn'.",
    ),
    (
        container(healthCheck={"command": ["CMD", "true"], "interval": 1}),
        "Invalid 'interval' setting for container 'web'.",
    ),
]
REFUSED_RELATIONS = [
    (
        task(container("a", links=["b:database"]), container("b", links=["a"])),
        "Container links should not have a cycle",
    ),
    (task(container("a", links=["a"])), "Container links should not have a cycle"),
    (
        task(container("a", links=["myslq"])),
        "Cannot link to container 'myslq' because it does not exist",
    ),
    (
        task(container("a", links=["b"]), container("b"), networkMode="awsvpc"),
        "Links are not supported when networkMode=awsvpc.",
    ),
    (
        task(
            container(portMappings=[{"containerPort": 80, "hostPort": 8080}]), networkMode="awsvpc"
        ),
        "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
    ),
    (
        task(container(volumesFrom=[{"sourceContainer": "data"}])),
        "Cannot use volumes from container 'data' because it does not exist",
    ),
    (
        task(container(dependsOn=[{"containerName": "X", "condition": "START"}])),
        "Cannot depend on container + 'X' because it does not exist",
    ),
    (
        task(
            container("a", dependsOn=[{"containerName": "b", "condition": "START"}]),
            container("b", dependsOn=[{"containerName": "a", "condition": "START"}]),
        ),
        "Container dependencies should not have a cycle",
    ),
    (
        task(
            container("a", dependsOn=[{"containerName": "b", "condition": "SUCCESS"}]),
            container("b"),
        ),
        "A dependency container with SUCCESS or COMPLETE condition cannot be an essential "
        "container",
    ),
    (
        task(
            container("a", dependsOn=[{"containerName": "b", "condition": "HEALTHY"}]),
            container("b"),
        ),
        "A dependency container with HEALTHY condition must have a health check",
    ),
    (
        task(
            container("a", dependsOn=[{"containerName": "b", "condition": "SOON"}]), container("b")
        ),
        "Invalid 'condition' setting for container 'a'.",
    ),
]
REFUSED_ON_FARGATE = [
    ({"cpu": None}, "Fargate requires that 'cpu' be defined at the task level."),
    ({"memory": None}, "Fargate requires that 'memory' be defined at the task level."),
    ({"memory": "4096"}, "No Fargate configuration exists for given values."),
    ({"networkMode": "bridge"}, "Fargate only supports network mode ‘awsvpc’."),
    (
        {"containerDefinitions": [container(logConfiguration=AWSLOGS)]},
        "Fargate requires task definition to have execution role ARN to support log driver "
        "awslogs.",
    ),
]


class TestWhatIsRefused:
    @pytest.mark.parametrize(("params", "sentence"), [*REFUSED_TASKS, *REFUSED_RELATIONS])
    def test_a_task(self, params: dict[str, Any], sentence: str) -> None:
        """A mistake in the task or among its containers is named as AWS names it."""
        assert refused(params) == sentence

    @pytest.mark.parametrize(("wrong", "sentence"), REFUSED_CONTAINERS)
    def test_a_container(self, wrong: dict[str, Any], sentence: str) -> None:
        """A mistake in one container is found wherever it stands in the list."""
        assert refused(task(wrong)) == sentence
        assert refused(task(container("good"), wrong)) == sentence

    @pytest.mark.parametrize(("change", "sentence"), REFUSED_ON_FARGATE)
    def test_fargate_s_own_rules(self, change: dict[str, Any], sentence: str) -> None:
        """The same definition would do on EC2; asking for FARGATE brings its rules."""
        params = {**task(container()), **FARGATE}
        assert registered(params).requires_compatibilities == ("FARGATE",)
        assert refused({**params, **change}) == sentence

    def test_a_definition_that_is_too_long(self) -> None:
        """64 KiB is the most, and the answer says how long it was."""
        params = task(container(environment=[{"name": "A", "value": "x" * 70000}]))
        assert refused(params).startswith("Actual length: '70")
        assert refused(params).endswith("Max allowed length is '65536' bytes.")


class TestWhatIsAccepted:
    @pytest.mark.parametrize(
        "params",
        [
            wordpress(),
            task({"name": "web", "image": "nginx"}, memory="256"),
            task(container(memory=128, memoryReservation=128)),
            task(container(), container("b", essential=False)),
            task(container(portMappings=[{"containerPort": 80}, {"containerPort": 80}])),
            task(
                container(
                    portMappings=[
                        {"containerPort": 53, "hostPort": 53, "protocol": protocol}
                        for protocol in ("tcp", "udp")
                    ]
                )
            ),
            task(container(portMappings=[{"containerPortRange": "80-90"}])),
            task(container(logConfiguration=AWSLOGS)),
            task(
                container(mountPoints=[{"sourceVolume": "v", "containerPath": "/v"}]),
                volumes=[{"name": "v"}],
            ),
            task(
                container("a", dependsOn=[{"containerName": "b", "condition": "COMPLETE"}]),
                container("b", essential=False),
            ),
        ],
    )
    def test_a_sound_definition(self, params: dict[str, Any]) -> None:
        """No rule is so wide that it refuses what AWS takes."""
        assert registered(params).family == "wordpress"

    def test_a_link_against_volumes_from_is_accepted(self) -> None:
        """AWS takes a link and volumesFrom in opposite directions; the task never starts."""
        params = task(
            container("site", links=["php"]),
            container("php", volumesFrom=[{"sourceContainer": "site"}]),
        )
        assert registered(params).revision == 1


NAMES = st.text("abcXYZ019_-", min_size=1, max_size=12)


@settings(max_examples=50)
@given(
    names=st.lists(NAMES, min_size=1, max_size=10, unique=True),
    memory=st.integers(6, 4096),
    data=st.data(),
)
def test_links_are_refused_exactly_when_they_form_a_circle(
    names: list[str], memory: int, data: st.DataObject
) -> None:
    """Links that only point backwards in the list are accepted; closing a circle is not."""
    containers = [
        container(name, memory=memory, links=data.draw(st.lists(st.sampled_from(names[:n]))))
        if n
        else container(name, memory=memory)
        for n, name in enumerate(names)
    ]
    registered(task(*containers))
    containers[0]["links"] = [names[-1]]
    containers[-1]["links"] = [names[0]]
    assert refused(task(*containers)) == "Container links should not have a cycle"


@pytest.mark.parametrize("pair", [{"value": "x"}, {"name": "X"}, {}])
def test_an_environment_entry_needs_name_and_value(pair: dict[str, str]) -> None:
    """An entry without name or value is refused; an empty value is one."""
    with pytest.raises(EcsError, match="Invalid 'environment' setting for container 'web'"):
        register(task(container(environment=[pair])), 1, ARN, NOW, ROOT)
    kept = register(task(container(environment=[{"name": "X", "value": ""}])), 1, ARN, NOW, ROOT)
    assert kept.container_definitions[0]["environment"] == [{"name": "X", "value": ""}]
