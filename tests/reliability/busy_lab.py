"""A lab with things in it: clusters, instances, services, tasks in every state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import load_balanced
import walk
from books import Books, Cluster
from usual_requests import DYNAMIC, ON_A_PORT, STEERED, VALUES

LEAST_INSTANCES = 3
OTHER = "other"
PROVIDER = "spare"


@dataclass
class BusyLab:
    """A lab in this process that is filled up again when requests have emptied it."""

    lab: Any
    books: Books = field(init=False)
    front: Any = field(init=False)
    group: str = field(init=False)

    def __post_init__(self) -> None:
        self.books = Books.of(self.lab)
        self.lab.cluster_with_instances(LEAST_INSTANCES)
        self.front = load_balanced.front(self.lab)
        load_balanced.let_in(self.lab, self.front.security_group)
        self.group = self._group()
        self.fill()

    def _group(self) -> str:
        """An Auto Scaling group that has no instance yet."""
        template = {
            "ImageId": self.lab.ami(),
            "InstanceType": "t3.medium",
            "IamInstanceProfile": {"Name": "ecsInstanceRole"},
        }
        self.lab.ec2.create_launch_template(
            LaunchTemplateName=PROVIDER, LaunchTemplateData=template
        )
        groups = self.lab.client("autoscaling")
        groups.create_auto_scaling_group(
            AutoScalingGroupName=PROVIDER,
            LaunchTemplate={"LaunchTemplateName": PROVIDER},
            MinSize=0,
            MaxSize=2,
            AvailabilityZones=["us-east-1a"],
        )
        found = groups.describe_auto_scaling_groups()["AutoScalingGroups"][0]
        return found["AutoScalingGroupARN"]

    def fill(self) -> None:
        """See that each kind of thing is there."""
        ecs = self.lab.ecs
        if not ecs.describe_capacity_providers(capacityProviders=[PROVIDER])["capacityProviders"]:
            group = {"autoScalingGroupArn": self.group, "managedScaling": {"status": "ENABLED"}}
            ecs.create_capacity_provider(name=PROVIDER, autoScalingGroupProvider=group)
        for name, providers in ((walk.CLUSTER, []), (OTHER, [PROVIDER])):
            ecs.create_cluster(clusterName=name)
            strategy = [{"capacityProvider": each} for each in providers]
            ecs.put_cluster_capacity_providers(
                cluster=name,
                capacityProviders=providers,
                defaultCapacityProviderStrategy=strategy,
            )
        for family, ports in (("app", []), ("web", DYNAMIC), ("batch", ON_A_PORT)):
            self.lab.register(family, {**_container(), "portMappings": ports})
        there = [each for each in self.lab.instances().values() if each["agentConnected"]]
        if len(there) < LEAST_INSTANCES:
            missing = LEAST_INSTANCES - len(there)
            walk.launch(self.lab.ec2, self.lab.ssm, self.lab.group, count=missing)
        for arn in [each["containerInstanceArn"] for each in there]:
            ecs.update_container_instances_state(
                cluster=walk.CLUSTER, containerInstances=[arn], status="ACTIVE"
            )
        self._services()
        ecs.run_task(cluster=walk.CLUSTER, taskDefinition="app", count=2)
        self.lab.pass_time(5)

    def _services(self) -> None:
        names = {arn.rsplit("/")[-1] for arn in self._active_services()}
        if "plain" not in names:
            self._service("plain", "app")
        if "balanced" not in names:
            self._service("balanced", "web", loadBalancers=self.front.load_balancers)

        if STEERED not in names:
            self._steered()

    def _steered(self) -> None:
        """A service that others deploy, with two task sets."""
        external = {"deploymentController": {"type": "EXTERNAL"}, "desiredCount": 2}
        named = {"cluster": walk.CLUSTER, "service": STEERED}
        found = self.lab.ecs.describe_services(cluster=walk.CLUSTER, services=[STEERED])["services"]
        if found and found[0]["status"] != "INACTIVE":
            return
        self.lab.ecs.create_service(cluster=walk.CLUSTER, serviceName=STEERED, **external)
        for share in (100.0, 50.0):
            scale = {"value": share, "unit": "PERCENT"}
            self.lab.ecs.create_task_set(**named, taskDefinition="app", scale=scale)

    def _active_services(self) -> list[str]:
        return self.books._listed("list_services", "serviceArns", cluster=walk.CLUSTER)

    def _service(self, name: str, family: str, **settings: Any) -> None:
        """Create a service, unless its predecessor still drains."""
        found = self.lab.ecs.describe_services(cluster=walk.CLUSTER, services=[name])["services"]
        if not found or found[0]["status"] == "INACTIVE":
            self.lab.create_service(name, family, 2, **settings)

    def names(self) -> dict[str, list[Any]]:
        """What the lab has, by the names of the members that name it."""
        clusters = self.books.clusters()
        names = {name: list(values) for name, values in VALUES.items()}
        names["cluster"] = [walk.CLUSTER] * 6 + [OTHER, "nope", *_arns("cluster", clusters)]
        names["clusters"] = names["clusterName"] = names["cluster"]
        instances = [arn for each in clusters for arn in each.instances]
        names["containerInstance"] = names["containerInstances"] = instances
        names["targetId"] = instances
        tasks = [task["taskArn"] for each in clusters for task in each.tasks][-60:]
        names["task"] = names["tasks"] = tasks
        services = [service["serviceName"] for each in clusters for service in each.services]
        names["service"] = names["services"] = services
        sets = [
            each
            for cluster in clusters
            for service in cluster.services
            for each in service.get("taskSets", ())
        ]
        names["taskSet"] = names["taskSets"] = [each["id"] for each in sets]
        names["primaryTaskSet"] = names["taskSet"]
        definitions = self.books._listed("list_task_definitions", "taskDefinitionArns")[-30:]
        names["taskDefinition"] = ["app", "app", "web", "batch", "nope", *definitions]
        names["taskDefinitions"] = definitions
        names["capacityProvider"] = names["capacityProviders"] = [PROVIDER, "nope"]
        names["targetGroupArn"] = [self.front.target_group]
        names["resourceArn"] = [*instances, *tasks[-5:], *definitions, *_arns("cluster", clusters)]
        return names


def _container() -> dict[str, Any]:
    return {"name": "app", "image": "nginx", "cpu": 10, "memory": 64}


def _arns(kind: str, clusters: list[Cluster]) -> list[str]:
    return [each.record[f"{kind}Arn"] for each in clusters]
