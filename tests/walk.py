"""The article's walk as one script of plain boto3, from an empty lab to a page and back.

It knows nothing of the lab but the environment it is started in, so it runs against
a lab in its own process (imported by a test) and against a served one (as a program).
"""

import json
from pathlib import Path

import boto3

CLUSTER = "Wordpress"
AMI = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
POLICY = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
TASK_DEFINITION = json.loads(
    (Path(__file__).parent.parent / "notebooks" / "ecs-wordpress-task-def.json").read_text("utf-8")
)
"""The one that the chapters register."""
QUICK = {"Delay": 1, "MaxAttempts": 240}


def make_role(iam):
    """The role that lets an instance's agent call ECS."""
    iam.create_role(RoleName="ecsInstanceRole", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_role_policy(RoleName="ecsInstanceRole", PolicyArn=POLICY)
    iam.create_instance_profile(InstanceProfileName="ecsInstanceRole")
    iam.add_role_to_instance_profile(
        InstanceProfileName="ecsInstanceRole", RoleName="ecsInstanceRole"
    )


def open_port_80(ec2):
    """A security group of the default VPC that lets port 80 in."""
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]
    group = ec2.create_security_group(
        GroupName="wordpress", Description="HTTP from anywhere", VpcId=vpc["VpcId"]
    )["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0"
    )
    return group


def launch(
    ec2, ssm, group, *, count=2, cluster=CLUSTER, instance_type="t3.medium", role="ecsInstanceRole"
):
    """Container instances for a cluster; answers with their EC2 instance ids."""
    launched = ec2.run_instances(
        ImageId=ssm.get_parameter(Name=AMI)["Parameter"]["Value"],
        InstanceType=instance_type,
        MinCount=count,
        MaxCount=count,
        SecurityGroupIds=[group],
        UserData=f"#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config\n",
        **({"IamInstanceProfile": {"Name": role}} if role else {}),
    )
    ids = [each["InstanceId"] for each in launched["Instances"]]
    ec2.get_waiter("instance_status_ok").wait(InstanceIds=ids, WaiterConfig=QUICK)
    return ids


def run_service(ecs, desired=1):
    """Register the definition and keep ``desired`` copies of it running."""
    ecs.register_task_definition(**TASK_DEFINITION)
    ecs.create_service(
        cluster=CLUSTER, serviceName="wordpress", taskDefinition="wordpress", desiredCount=desired
    )
    ecs.get_waiter("services_stable").wait(
        cluster=CLUSTER, services=["wordpress"], WaiterConfig=QUICK
    )


def addresses(ecs, ec2):
    """Where each task answers: the public address of its instance and its host port."""
    arns = ecs.list_tasks(cluster=CLUSTER, serviceName="wordpress")["taskArns"]
    found = []
    for task in ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]:
        bindings = [each for c in task["containers"] for each in c["networkBindings"]]
        found.append((address_of(ecs, ec2, task), bindings[0]["hostPort"]))
    return found


def address_of(ecs, ec2, task):
    """The public address of the instance that a task runs on."""
    instance = ecs.describe_container_instances(
        cluster=CLUSTER, containerInstances=[task["containerInstanceArn"]]
    )["containerInstances"][0]
    host = ec2.describe_instances(InstanceIds=[instance["ec2InstanceId"]])
    return host["Reservations"][0]["Instances"][0]["PublicIpAddress"]


def docker_ps(ssm, instance_id):
    """What ``docker ps`` prints on an instance."""
    command = ssm.send_command(
        InstanceIds=[instance_id],
        DocumentName="AWS-RunShellScript",
        Parameters={"commands": ["docker ps"]},
    )["Command"]["CommandId"]
    ssm.get_waiter("command_executed").wait(
        CommandId=command, InstanceId=instance_id, WaiterConfig=QUICK
    )
    return ssm.get_command_invocation(CommandId=command, InstanceId=instance_id)[
        "StandardOutputContent"
    ]


def clean_up(ecs, ec2, iam, instance_ids, group):
    """Take everything down in the order in which AWS lets it go."""
    ecs.update_service(cluster=CLUSTER, service="wordpress", desiredCount=0)
    ecs.delete_service(cluster=CLUSTER, service="wordpress")
    ecs.get_waiter("services_inactive").wait(
        cluster=CLUSTER, services=["wordpress"], WaiterConfig=QUICK
    )
    ec2.terminate_instances(InstanceIds=instance_ids)
    ec2.get_waiter("instance_terminated").wait(InstanceIds=instance_ids, WaiterConfig=QUICK)
    ecs.delete_cluster(cluster=CLUSTER)
    ecs.deregister_task_definition(taskDefinition="wordpress:1")
    ec2.delete_security_group(GroupId=group)
    iam.remove_role_from_instance_profile(
        InstanceProfileName="ecsInstanceRole", RoleName="ecsInstanceRole"
    )
    iam.delete_instance_profile(InstanceProfileName="ecsInstanceRole")
    iam.detach_role_policy(RoleName="ecsInstanceRole", PolicyArn=POLICY)
    iam.delete_role(RoleName="ecsInstanceRole")


def walk(look=print):
    """The whole way; ``look`` is shown each thing found."""
    ecs, ec2, iam, ssm = (boto3.client(name) for name in ("ecs", "ec2", "iam", "ssm"))
    ecs.create_cluster(clusterName=CLUSTER)
    make_role(iam)
    group = open_port_80(ec2)
    instance_ids = launch(ec2, ssm, group)
    look(ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0])
    run_service(ecs)
    look(addresses(ecs, ec2))
    for instance_id in instance_ids:
        look(docker_ps(ssm, instance_id))
    service = ecs.describe_services(cluster=CLUSTER, services=["wordpress"])["services"][0]
    look([event["message"] for event in service["events"]])
    clean_up(ecs, ec2, iam, instance_ids, group)
    look(ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]["status"])


if __name__ == "__main__":
    walk()
