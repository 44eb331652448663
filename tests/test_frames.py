"""Frames: a response goes in, a small table in plain words comes out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from ecs_tutorial.notebook import frames
from ecs_tutorial.notebook.tables import Table

ECS = "arn:aws:ecs:us-east-1:123456789012:"
MOMENT = datetime(2026, 1, 1, 9, 5, 7, tzinfo=UTC)
TASK_ARN = f"{ECS}task/Wordpress/0123456789abcdef0123456789abcdef"
INSTANCE_ARN = f"{ECS}container-instance/Wordpress/fedcba9876543210fedcba9876543210"
DEFINITION_ARN = f"{ECS}task-definition/ecs-wordpress:1"
AGENT_PORTS = ["22", "2376", "2375", "51678", "51679"]

CLUSTERS = {
    "clusters": [
        {
            "clusterArn": f"{ECS}cluster/Wordpress",
            "clusterName": "Wordpress",
            "status": "ACTIVE",
            "registeredContainerInstancesCount": 2,
            "activeServicesCount": 1,
            "runningTasksCount": 3,
            "pendingTasksCount": 0,
        }
    ]
}


def resources(cpu: int, memory: int, ports: list[str]) -> list[dict[str, Any]]:
    return [
        {"name": "CPU", "type": "INTEGER", "integerValue": cpu},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
        {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ports},
    ]


CONTAINER_INSTANCES = {
    "containerInstances": [
        {
            "containerInstanceArn": INSTANCE_ARN,
            "ec2InstanceId": "i-0123456789abcdef0",
            "status": "ACTIVE",
            "agentConnected": True,
            "runningTasksCount": 2,
            "pendingTasksCount": 1,
            "registeredResources": resources(2048, 3943, AGENT_PORTS),
            "remainingResources": resources(2028, 2943, [*AGENT_PORTS, "8080", "443"]),
            "attributes": [
                {"name": "ecs.availability-zone", "value": "us-east-1a"},
                {"name": "ecs.capability.task-eni"},
            ],
        }
    ]
}
TASK_DEFINITION = {
    "taskDefinition": {
        "containerDefinitions": [
            {
                "name": "wordpress",
                "image": "wordpress",
                "cpu": 10,
                "memory": 500,
                "essential": True,
                "links": ["mysql"],
                "portMappings": [
                    {"containerPort": 80, "hostPort": 80, "protocol": "tcp"},
                    {"containerPort": 53, "hostPort": 0, "protocol": "udp"},
                ],
            },
            {
                "name": "mysql",
                "image": "mysql",
                "cpu": 10,
                "memory": 500,
                "memoryReservation": 300,
                "essential": False,
                "environment": [{"name": "MYSQL_ROOT_PASSWORD", "value": "secret"}],
            },
        ]
    }
}
TASKS = {
    "tasks": [
        {
            "taskArn": TASK_ARN,
            "taskDefinitionArn": DEFINITION_ARN,
            "containerInstanceArn": INSTANCE_ARN,
            "group": "service:web",
            "lastStatus": "STOPPED",
            "desiredStatus": "STOPPED",
            "availabilityZone": "us-east-1a",
            "startedAt": MOMENT,
            "stoppedReason": "Essential container in task exited",
            "containers": [
                {
                    "name": "wordpress",
                    "image": "wordpress",
                    "lastStatus": "STOPPED",
                    "exitCode": 0,
                    "networkBindings": [
                        {"hostPort": 80, "containerPort": 80, "protocol": "tcp"},
                        {"hostPort": 32768, "containerPort": 443, "protocol": "tcp"},
                    ],
                },
                {
                    "name": "mysql",
                    "image": "mysql",
                    "lastStatus": "STOPPED",
                    "exitCode": 137,
                    "reason": "OutOfMemoryError: Container killed due to memory usage",
                },
            ],
        }
    ],
    "failures": [{"arn": INSTANCE_ARN, "reason": "RESOURCE:PORTS"}],
}
SERVICES = {
    "services": [
        {
            "serviceArn": f"{ECS}service/Wordpress/web",
            "serviceName": "web",
            "status": "ACTIVE",
            "taskDefinition": DEFINITION_ARN,
            "desiredCount": 2,
            "runningCount": 1,
            "pendingCount": 1,
            "deployments": [
                {
                    "id": "ecs-svc/1234567890123456789",
                    "status": "PRIMARY",
                    "taskDefinition": DEFINITION_ARN,
                    "desiredCount": 2,
                    "runningCount": 1,
                    "pendingCount": 1,
                    "failedTasks": 0,
                    "rolloutState": "IN_PROGRESS",
                }
            ],
            "events": [
                {"createdAt": MOMENT, "message": "(service web) has reached a steady state."},
                {"createdAt": MOMENT - timedelta(seconds=9), "message": "x" * 300},
            ],
        }
    ]
}
INSTANCES = {
    "Reservations": [
        {
            "Instances": [
                {
                    "InstanceId": "i-0123456789abcdef0",
                    "State": {"Name": "running"},
                    "InstanceType": "t3.medium",
                    "Placement": {"AvailabilityZone": "us-east-1a"},
                    "PrivateIpAddress": "172.31.0.4",
                    "PublicIpAddress": "203.0.113.4",
                    "IamInstanceProfile": {
                        "Arn": "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole"
                    },
                    "LaunchTime": MOMENT,
                }
            ]
        },
        {"Instances": [{"InstanceId": "i-0123456789abcdef1", "State": {"Name": "pending"}}]},
    ]
}
DOCKER_PS = """\
CONTAINER ID   IMAGE       COMMAND       CREATED   STATUS         PORTS                NAMES
0123456789ab   wordpress   "docker-en…"  1 s ago   Up 2 minutes   0.0.0.0:80->80/tcp   ecs-wp-1
ba9876543210   mysql       "docker-en…"  1 s ago   Up 2 minutes                        ecs-db-1
"""

FRAMES: list[tuple[Callable[..., Table], dict[str, Any]]] = [
    (frames.clusters, CLUSTERS),
    (frames.container_instances, CONTAINER_INSTANCES),
    (frames.task_definition, TASK_DEFINITION),
    (frames.tasks, TASKS),
    (frames.containers, TASKS),
    (frames.failures, TASKS),
    (frames.service, SERVICES),
    (frames.deployments, SERVICES),
    (frames.events, SERVICES),
    (frames.instances, INSTANCES),
]


class TestEveryFrame:
    @pytest.mark.parametrize(("frame", "response"), FRAMES)
    def test_an_empty_response_keeps_the_columns(
        self, frame: Callable[..., Table], response: dict[str, Any]
    ) -> None:
        """No row, the same columns, the same corner: a table that can still be shown."""
        empty = frame({})
        assert empty.empty
        assert list(empty.columns) == list(frame(response).columns)
        assert empty.columns.name == frame(response).columns.name
        assert empty.columns.name in repr(empty) or "Empty" in repr(empty)

    @pytest.mark.parametrize(("frame", "response"), FRAMES)
    def test_full_has_the_same_shape(
        self, frame: Callable[..., Table], response: dict[str, Any]
    ) -> None:
        """Whole ARNs and dates change the cells, never the columns."""
        assert list(frame(response, full=True).columns) == list(frame(response).columns)
        assert len(frame(response, full=True)) == len(frame(response)) > 0

    @pytest.mark.parametrize(("frame", "response"), FRAMES)
    def test_no_arn_unless_asked_for(
        self, frame: Callable[..., Table], response: dict[str, Any]
    ) -> None:
        """Names are cut to what a reader needs."""
        assert "arn:aws" not in frame(response).to_csv()

    def test_whole_arns_on_request(self) -> None:
        """What was cut away stays available for the next call."""
        assert frames.tasks(TASKS, full=True).index[0] == TASK_ARN
        assert frames.tasks(TASKS, full=True)["container instance"].iloc[0] == INSTANCE_ARN


class TestWhatIsShown:
    def test_clusters(self) -> None:
        """A cluster's counts stand beside its name."""
        row = frames.clusters(CLUSTERS).loc["Wordpress"]
        assert row.to_list() == ["ACTIVE", 2, 1, 3, 0]

    def test_one_cluster_as_it_was_created(self) -> None:
        """create_cluster answers with one cluster; it makes the same table."""
        created = frames.clusters({"cluster": CLUSTERS["clusters"][0]})
        assert created.equals(frames.clusters(CLUSTERS))

    def test_container_instances(self) -> None:
        """Reserved is registered less remaining; the agent's own ports are not counted."""
        row = frames.container_instances(CONTAINER_INSTANCES).loc["76543210"]
        assert row.to_dict() == {
            "EC2 instance": "i-0123456789abcdef0",
            "zone": "us-east-1a",
            "status": "ACTIVE",
            "agent": "connected",
            "CPU units reserved": "20 of 2048",
            "MiB reserved": "1000 of 3943",
            "host ports taken": "443, 8080",
            "running tasks": 2,
            "pending tasks": 1,
        }

    def test_a_disconnected_agent(self) -> None:
        """An instance without resources or agent is a row like any other."""
        bare = {"containerInstanceArn": INSTANCE_ARN, "status": "ACTIVE", "agentConnected": False}
        row = frames.container_instances({"containerInstances": [bare]}).iloc[0]
        assert (row["agent"], row["CPU units reserved"]) == ("disconnected", "0 of 0")

    def test_task_definition(self) -> None:
        """Ports read host first, 0 as any; memory tells the reservation from the limit."""
        table = frames.task_definition(TASK_DEFINITION)
        assert table.loc["wordpress", "ports"] == "80 → 80/tcp, any → 53/udp"
        assert table.loc["wordpress", "memory MiB"] == "500"
        assert table.loc["mysql", "memory MiB"] == "300, at most 500"
        assert list(table["essential"]) == ["yes", "no"]
        assert list(table["links"]) == ["mysql", ""]

    def test_values_of_variables_only_on_request(self) -> None:
        """Environment values are often passwords: a table shows their names."""
        assert "secret" not in frames.task_definition(TASK_DEFINITION).to_csv()
        assert "MYSQL_ROOT_PASSWORD" in frames.task_definition(TASK_DEFINITION).to_csv()
        assert "=secret" in frames.task_definition(TASK_DEFINITION, full=True).to_csv()

    def test_tasks(self) -> None:
        """A task's row leads to its instance and says why it stopped."""
        row = frames.tasks(TASKS).loc["89abcdef"]
        assert row.to_list() == [
            "ecs-wordpress:1",
            "service:web",
            "STOPPED",
            "STOPPED",
            "76543210",
            "us-east-1a",
            "09:05:07",
            "Essential container in task exited",
        ]

    def test_a_task_that_has_not_started(self) -> None:
        """What a response leaves out is an empty cell."""
        pending = {
            "taskArn": TASK_ARN,
            "taskDefinitionArn": DEFINITION_ARN,
            "lastStatus": "PENDING",
            "desiredStatus": "RUNNING",
        }
        row = frames.tasks({"tasks": [pending]}).iloc[0]
        assert (row["started"], row["stopped because"], row["container instance"]) == ("", "", "")

    def test_containers(self) -> None:
        """Each container of each task; exit code 0 is shown, a missing one is not."""
        table = frames.containers(TASKS)
        assert list(table.index) == ["89abcdef", "89abcdef"]
        assert list(table["host port"]) == ["80 → 80/tcp, 32768 → 443/tcp", ""]
        assert list(table["exit code"]) == [0, 137]
        assert table["reason"].iloc[1].startswith("OutOfMemoryError")

    def test_failures(self) -> None:
        """RunTask's failures name the instance that was looked at and what it lacks."""
        assert frames.failures(TASKS).loc["76543210", "reason"] == "RESOURCE:PORTS"

    def test_reasons(self) -> None:
        """Of a large cluster it is told how often a reason was given, for each thing asked for."""
        other = {"failures": [{"arn": "a", "reason": "AGENT"}, *2 * TASKS["failures"]]}
        found = frames.reasons({"one": TASKS, "three": other, "none": {"failures": []}})
        assert list(found.itertuples(name=None)) == [
            ("one", "RESOURCE:PORTS", 1),
            ("three", "AGENT", 1),
            ("three", "RESOURCE:PORTS", 2),
        ]

    def test_service(self) -> None:
        """What is wanted stands beside what there is."""
        assert frames.service(SERVICES).loc["web"].to_list() == [
            "ACTIVE",
            "ecs-wordpress:1",
            2,
            1,
            1,
            1,
        ]
        assert frames.service({"service": SERVICES["services"][0]}).index[0] == "web"

    def test_deployments(self) -> None:
        """A deployment keeps its whole id: it is what a task's startedBy says."""
        table = frames.deployments(SERVICES)
        assert table.index[0] == "ecs-svc/1234567890123456789"
        assert table.loc[table.index[0], "rollout"] == "IN_PROGRESS"

    def test_events_are_newest_first_and_whole(self) -> None:
        """The order is ECS's own, and no message is cut on the page or in the text."""
        table = frames.events(SERVICES)
        assert list(table.index) == ["09:05:07", "09:04:58"]
        assert "x" * 300 in table._repr_html_()
        assert "x" * 300 in repr(table)

    def test_instances(self) -> None:
        """All reservations in one table; what a pending instance lacks is empty."""
        table = frames.instances(INSTANCES)
        assert table.loc["i-0123456789abcdef0"].to_list() == [
            "running",
            "t3.medium",
            "us-east-1a",
            "172.31.0.4",
            "203.0.113.4",
            "ecsInstanceRole",
            "09:05:07",
        ]
        assert table.loc["i-0123456789abcdef1", "public address"] == ""

    def test_run_instances_answers_with_instances(self) -> None:
        """A response without reservations makes the same table."""
        launched = {"Instances": INSTANCES["Reservations"][0]["Instances"]}
        assert frames.instances(launched).index[0] == "i-0123456789abcdef0"

    def test_times_are_utc(self) -> None:
        """The machine's zone does not change what is printed."""
        there = MOMENT.astimezone(timezone(timedelta(hours=9)))
        response = {"services": [{"events": [{"createdAt": there, "message": "m"}]}]}
        assert frames.events(response).index[0] == "09:05:07"
        assert frames.events(response, full=True).index[0] == "2026-01-01 09:05:07"


class TestDockerPs:
    def test_columns_are_where_the_headings_are(self) -> None:
        """An empty cell stays empty and a cell with spaces stays whole."""
        table = frames.docker_ps(DOCKER_PS)
        assert table.columns.name == "container id"
        assert list(table.columns) == ["image", "command", "created", "status", "ports", "names"]
        assert list(table["ports"]) == ["0.0.0.0:80->80/tcp", ""]
        assert table.loc["ba9876543210", "names"] == "ecs-db-1"
        assert table.loc["0123456789ab", "status"] == "Up 2 minutes"

    @pytest.mark.parametrize("printed", ["", DOCKER_PS.splitlines()[0]])
    def test_nothing_runs(self, printed: str) -> None:
        """Nothing, or headings alone, give no row."""
        assert frames.docker_ps(printed).empty


class TestTable:
    def test_cells_start_on_the_left(self) -> None:
        """Texts are read from the left, whatever the page's style for numbers is."""
        page = frames.clusters(CLUSTERS)._repr_html_()
        assert '<td style="text-align: left; white-space: nowrap">ACTIVE</td>' in page
        assert '<th style="text-align: left; white-space: nowrap">Wordpress</th>' in page

    def test_headings_may_take_two_lines(self) -> None:
        """A table of many columns would else be as wide as their names."""
        page = frames.container_instances({"containerInstances": []})._repr_html_()
        assert '<th style="text-align: left">host ports taken</th>' in page

    def test_markup_in_a_cell_stays_text(self) -> None:
        """A message that looks like HTML is shown as it was written."""
        response = {"services": [{"events": [{"createdAt": MOMENT, "message": "<td>"}]}]}
        assert "&lt;td&gt;" in frames.events(response)._repr_html_()

    def test_a_part_of_a_table_is_a_table(self) -> None:
        """Filtering and sorting keep the way it is shown."""
        table = frames.instances(INSTANCES)
        assert isinstance(table[table["state"] == "running"], Table)
