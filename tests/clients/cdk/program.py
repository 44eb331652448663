"""The program of which ``FromCdk.template.json`` was synthesised, with aws-cdk-lib 2.275.0.

    python -m venv cdk && cdk/bin/pip install aws-cdk-lib==2.275.0
    cdk/bin/python tests/clients/cdk/program.py cdk.out
    cp cdk.out/FromCdk.template.json tests/clients/cdk/

The template is kept, so that the tests need neither the package nor what it brings along.
"""

import sys

from aws_cdk import App, Stack
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs

app = App(outdir=sys.argv[1], analytics_reporting=False)
stack = Stack(app, "FromCdk")
vpc = ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=0)
cluster = ecs.Cluster(stack, "Cluster", vpc=vpc)
group = autoscaling.AutoScalingGroup(
    stack,
    "Machines",
    vpc=vpc,
    instance_type=ec2.InstanceType("t3.medium"),
    machine_image=ecs.EcsOptimizedImage.amazon_linux2023(),
    min_capacity=2,
    max_capacity=2,
    vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
)
capacity = ecs.AsgCapacityProvider(stack, "Capacity", auto_scaling_group=group)
cluster.add_asg_capacity_provider(capacity)
definition = ecs.Ec2TaskDefinition(stack, "Definition")
definition.add_container(
    "app",
    image=ecs.ContainerImage.from_registry("nginx"),
    memory_limit_mib=64,
    environment={"COLOUR": "blue"},
    port_mappings=[ecs.PortMapping(container_port=80)],
    logging=ecs.LogDrivers.aws_logs(stream_prefix="web"),
)
ecs.Ec2Service(
    stack,
    "Service",
    cluster=cluster,
    task_definition=definition,
    desired_count=2,
    min_healthy_percent=50,
    circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
    placement_strategies=[ecs.PlacementStrategy.spread_across_instances()],
)
app.synth()
