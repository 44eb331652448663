"""Container instances: EC2 instances boot, run user data, and their agents join clusters."""

import base64
import copy
from dataclasses import asdict

import pytest
import walk
from botocore.exceptions import ClientError
from labs import in_process_only
from moto.ec2.models.instance_types import INSTANCE_TYPES

from ecs_tutorial import lab as ecs_lab
from ecs_tutorial.control_plane import ecs_api
from ecs_tutorial.control_plane.moto_seams import ec2_facts
from ecs_tutorial.data_plane.ec2_instance import Ec2Instance
from ecs_tutorial.data_plane.host_resources import RECORDED_MEMORY

JOIN = f"#!/bin/bash\necho ECS_CLUSTER={walk.CLUSTER} >> /etc/ecs/ecs.config\n"
PLAIN_AMI = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
MULTIPART = """Content-Type: multipart/mixed; boundary="==B=="
MIME-Version: 1.0

--==B==
Content-Type: text/cloud-config; charset="us-ascii"

#cloud-config
packages: [htop]

--==B==
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
echo ECS_CLUSTER=multipart >> /etc/ecs/ecs.config
--==B==--
"""
FORMS = {
    "echo": "#!/bin/bash\necho ECS_CLUSTER=echo >> /etc/ecs/ecs.config\n",
    "heredoc": "#!/bin/bash\ncat <<'EOF' >> /etc/ecs/ecs.config\nECS_CLUSTER=heredoc\nEOF\n",
    "write-files": "#cloud-config\nwrite_files:\n- path: /etc/ecs/ecs.config\n"
    "  content: |\n    ECS_CLUSTER=write-files\n",
    "runcmd": "#cloud-config\nruncmd:\n- echo ECS_CLUSTER=runcmd >> /etc/ecs/ecs.config\n",
    "multipart": MULTIPART,
}
MISTAKES = {
    "ehco ECS_CLUSTER=Wordpress >> /etc/ecs/ecs.config": "ehco: command not found",
    "echo ECS_CLUSTER=Wordpress >> /etc/esc/ecs.config": "No such file or directory",
    "echo 'ECS_CLUSTER=Wordpress >> /etc/ecs/ecs.config": "unexpected EOF",
}
"""What user data says, and what the boot log then says."""


def states(lab, instance_id):
    return lab.host(instance_id)["State"]["Name"]


def resources(instance, kind):
    return {
        each["name"]: each.get("stringSetValue", each["integerValue"]) for each in instance[kind]
    }


def test_an_instance_boots_and_its_agent_registers(lab):
    """Once it runs it becomes a connected container instance of the cluster it names."""
    lab.cluster()
    [instance_id] = lab.run(JOIN)
    lab.until(lambda: states(lab, instance_id) == "running", step=0.5)
    lab.booted([instance_id])
    instance = lab.instances()[instance_id]
    assert instance["status"] == "ACTIVE"
    assert instance["agentConnected"] is True
    assert instance["versionInfo"]["dockerVersion"].startswith("DockerVersion: ")
    assert resources(instance, "registeredResources") == {
        "CPU": 2048,
        "MEMORY": 4096 * 955 // 1000,
        "PORTS": ["22", "2375", "2376", "51678", "51679"],
        "PORTS_UDP": [],
    }
    assert instance["remainingResources"] == instance["registeredResources"]
    assert instance["runningTasksCount"] == instance["pendingTasksCount"] == 0


def test_the_agent_registers_only_after_the_boot(in_process):
    """Pending, running, and only then registered: the boot and user data take their time."""
    in_process.cluster()
    [instance_id] = in_process.run(JOIN)
    assert states(in_process, instance_id) == "pending"
    in_process.pass_time(6)
    assert states(in_process, instance_id) == "running"
    assert in_process.instances() == {}
    in_process.pass_time(25)
    assert list(in_process.instances()) == [instance_id]


def test_attributes_are_those_recorded_on_aws(in_process):
    """Seven have values that follow the host; the rest are capabilities, as recorded."""
    [instance_id] = in_process.cluster_with_instances(count=1)
    host = in_process.host(instance_id)
    attributes = in_process.instances()[instance_id]["attributes"]
    valued = {each["name"]: each["value"] for each in attributes if "value" in each}
    assert valued == {
        "ecs.ami-id": host["ImageId"],
        "ecs.availability-zone": host["Placement"]["AvailabilityZone"],
        "ecs.cpu-architecture": "x86_64",
        "ecs.instance-type": "t3.medium",
        "ecs.os-type": "linux",
        "ecs.subnet-id": host["SubnetId"],
        "ecs.vpc-id": host["VpcId"],
    }
    names = {each["name"] for each in attributes}
    assert {
        "com.amazonaws.ecs.capability.docker-remote-api.1.32",
        "com.amazonaws.ecs.capability.logging-driver.json-file",
        "ecs.capability.container-ordering",
    } <= names
    assert len(names) == len(attributes)


def test_by_whatever_means_it_is_launched(in_process):
    """A launch template and an Auto Scaling group make container instances as RunInstances does."""
    in_process.cluster()
    data = {
        "ImageId": in_process.ami(),
        "InstanceType": "t3.small",
        "IamInstanceProfile": {"Name": "ecsInstanceRole"},
        "UserData": base64.b64encode(JOIN.encode()).decode(),
    }
    in_process.ec2.create_launch_template(LaunchTemplateName="ecs", LaunchTemplateData=data)
    template = {"LaunchTemplateName": "ecs"}
    in_process.ec2.run_instances(LaunchTemplate=template, MinCount=1, MaxCount=1)
    in_process.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="ecs",
        MinSize=2,
        MaxSize=2,
        LaunchTemplate=template,
        AvailabilityZones=["us-east-1a", "us-east-1b"],
    )
    in_process.pass_time(60)
    assert len(in_process.instances()) == 3


def test_only_an_ecs_optimized_ami_has_an_agent(lab):
    """An instance of plain Amazon Linux runs the same user data and never joins."""
    lab.cluster()
    image = lab.ssm.get_parameter(Name=PLAIN_AMI)["Parameter"]["Value"]
    ids = lab.booted(lab.run(JOIN, image=image))
    lab.pass_time(60)
    assert lab.instances() == {}
    assert "docker: command not found" in lab.shell(ids[0], "docker ps")[1]


@pytest.mark.parametrize("cause", ["no profile", "no policy"])
def test_without_the_role_it_never_registers_and_the_log_says_why(lab, cause):
    """The agent's log on the instance says AccessDenied, and the cluster stays empty."""
    lab.cluster()
    role = None
    if cause == "no policy":
        lab.iam.detach_role_policy(RoleName="ecsInstanceRole", PolicyArn=walk.POLICY)
        role = "ecsInstanceRole"
    [instance_id] = lab.booted(lab.run(JOIN, role=role))
    lab.pass_time(60)
    assert lab.instances() == {}
    log = lab.agent_log(instance_id)
    assert "AccessDenied" in log
    assert ("not authorized to perform: ecs:RegisterContainerInstance" in log) == bool(role)


def test_a_permission_that_comes_later_lets_it_in(in_process):
    """The agent goes on trying, so attaching the policy mends the instance."""
    lab = in_process
    lab.cluster()
    lab.iam.detach_role_policy(RoleName="ecsInstanceRole", PolicyArn=walk.POLICY)
    [instance_id] = lab.booted(lab.run(JOIN))
    assert lab.instances() == {}
    lab.iam.attach_role_policy(RoleName="ecsInstanceRole", PolicyArn=walk.POLICY)
    lab.pass_time(120)
    assert list(lab.instances()) == [instance_id]


def test_a_cluster_name_that_does_not_exist(lab):
    """A named cluster is never made: the agent ends, and its log says that there is none."""
    lab.cluster()
    [instance_id] = lab.booted(lab.run(JOIN.replace("Wordpress", "Wordpres")))
    lab.pass_time(60)
    assert "ClusterNotFoundException: Cluster not found." in lab.agent_log(instance_id)
    arns = lab.ecs.list_clusters()["clusterArns"]
    assert [arn.rsplit("/", 1)[1] for arn in arns] == [walk.CLUSTER]
    assert lab.instances() == {}


def test_no_ecs_cluster_means_default(lab):
    """Without ECS_CLUSTER the agent makes the cluster ``default`` and joins it."""
    lab.cluster()
    ids = lab.booted(lab.run(count=2))
    assert sorted(lab.instances("default")) == sorted(ids)
    assert lab.instances() == {}
    assert "cluster=default" in lab.agent_log(ids[0]).replace('"', "")


def test_a_typing_error_in_user_data_does_what_it_would_do(lab):
    """The line has no effect, so the instance joins ``default``; the boot's log says why."""
    lab.cluster()
    hosts = {line: lab.run(f"#!/bin/bash\n{line}\n")[0] for line in MISTAKES}
    lab.booted(list(hosts.values()))
    assert sorted(lab.instances("default")) == sorted(hosts.values())
    for line, instance_id in hosts.items():
        assert MISTAKES[line] in lab.boot_log(instance_id)


def test_a_misspelt_setting_is_ignored(in_process):
    """``ECS_CLUSTR`` is no setting: the file holds it, the agent joins ``default``."""
    in_process.cluster()
    data = JOIN.replace("ECS_CLUSTER", "ECS_CLUSTR")
    [instance_id] = in_process.booted(in_process.run(data))
    assert list(in_process.instances("default")) == [instance_id]
    config = in_process.shell(instance_id, "cat /etc/ecs/ecs.config")[0]
    assert config == "ECS_CLUSTR=Wordpress\n"


def test_user_data_without_an_interpreter_line_is_not_run(in_process):
    """Without ``#!`` cloud-init does not know it for a script, and says so."""
    in_process.cluster()
    data = JOIN.removeprefix("#!/bin/bash\n")
    [instance_id] = in_process.booted(in_process.run(data))
    assert list(in_process.instances("default")) == [instance_id]
    assert "Unhandled non-multipart" in in_process.boot_log(instance_id)


def test_every_form_of_user_data_is_understood(lab):
    """echo, heredoc, both ways of cloud-config, and MIME multipart name a cluster each."""
    lab.cluster()
    for form in FORMS:
        lab.ecs.create_cluster(clusterName=form)
    hosts = {form: lab.run(data)[0] for form, data in FORMS.items()}
    lab.booted(list(hosts.values()))
    assert {form: list(lab.instances(form)) for form in FORMS} == {
        form: [instance_id] for form, instance_id in hosts.items()
    }


def test_what_is_not_understood_is_said_in_the_log(in_process):
    """A command that the lab does not simulate is named; the lines around it count."""
    in_process.cluster()
    data = f"#!/bin/bash\nyum install -y htop\n{JOIN.splitlines()[1]}\n"
    [instance_id] = in_process.booted(in_process.run(data))
    assert "not simulated: yum install -y htop" in in_process.boot_log(instance_id)
    assert list(in_process.instances()) == [instance_id]


def test_every_instance_type_registers_by_the_rule(in_process):
    """CPU is 1,024 a vCPU; memory is what was recorded of the type, else 95.5 % of its MiB."""
    in_process.cluster_with_instances(count=1)
    hosts = {each.instance_id: each for each in one_host_of_each_type()}
    in_process.local.hosts.observe(hosts.values())
    in_process.pass_time(60)
    backend = ecs_api.backend(ecs_lab.ACCOUNT, ecs_lab.REGION)
    joined = backend.stores[backend.arn("cluster/default")].instances.values()
    registered = {hosts[each.ec2_instance_id].instance_type: each.registered for each in joined}
    assert len(registered) == len(INSTANCE_TYPES) > 1000
    assert {name: (has.cpu, has.memory) for name, has in registered.items()} == {
        name: (size["VCpuInfo"]["DefaultVCpus"] * 1024, memory_of(name, size))
        for name, size in INSTANCE_TYPES.items()
    }


def one_host_of_each_type():
    """The instance that EC2 has, as it would be described were it of each type of the catalogue."""
    [known] = ec2_facts.moto_instances()
    for number, name in enumerate(INSTANCE_TYPES):
        other = copy.copy(known)
        other.instance_type = name
        facts = asdict(ec2_facts.facts_of(other))
        yield Ec2Instance(**facts | {"instance_id": f"i-{number:017x}", "user_data": b""})


def memory_of(name, size):
    return RECORDED_MEMORY.get(name, size["MemoryInfo"]["SizeInMiB"] * 955 // 1000)


@pytest.mark.parametrize("name", ["t2.micro", "m4.large", "r5.2xlarge"])
def test_a_launched_type_shows_its_own_size(in_process, name):
    """What DescribeInstanceTypes says of a type is what its container instance registers."""
    [instance_id] = in_process.cluster_with_instances(count=1, instance_type=name)
    [size] = in_process.ec2.describe_instance_types(InstanceTypes=[name])["InstanceTypes"]
    has = resources(in_process.instances()[instance_id], "registeredResources")
    assert has["CPU"] == size["VCpuInfo"]["DefaultVCpus"] * 1024
    assert has["MEMORY"] == memory_of(name, size)


def test_stop_disconnects_and_start_reconnects_the_same_one(lab):
    """A stopped instance stays registered, its agent gone; started, it has the ARN it had."""
    [instance_id] = lab.cluster_with_instances(count=1)
    before, address = lab.instances()[instance_id], lab.host(instance_id)["PublicIpAddress"]
    lab.ec2.stop_instances(InstanceIds=[instance_id])
    lab.ec2.get_waiter("instance_stopped").wait(InstanceIds=[instance_id])
    stopped = lab.instances()[instance_id]
    assert (stopped["agentConnected"], stopped["status"]) == (False, "ACTIVE")
    assert "PublicIpAddress" not in lab.host(instance_id)
    lab.ec2.start_instances(InstanceIds=[instance_id])
    lab.until(lambda: lab.instances()[instance_id]["agentConnected"])
    after = lab.instances()
    assert [each["containerInstanceArn"] for each in after.values()] == [
        before["containerInstanceArn"]
    ]
    assert lab.host(instance_id)["PublicIpAddress"] != address
    assert after[instance_id]["version"] > stopped["version"] > before["version"]


def test_a_task_on_a_stopped_instance_is_reported_when_it_is_back(in_process):
    """While the agent is away the task shows as it was; back again, it says that it ended."""
    lab = in_process
    [instance_id] = lab.cluster_with_instances(count=1)
    arn = lab.running()["taskArn"]
    lab.ec2.stop_instances(InstanceIds=[instance_id])
    lab.pass_time(60)
    assert lab.task(arn)["lastStatus"] == "RUNNING"
    answer = lab.run_task()
    assert [each["reason"] for each in answer["failures"]] == ["AGENT"]
    lab.ec2.start_instances(InstanceIds=[instance_id])
    assert lab.stopped(arn)["stopCode"] == "EssentialContainerExited"


def test_terminate_deregisters_and_stops_the_tasks(lab):
    """The container instance is gone and its tasks have stopped, for AWS's reason."""
    [instance_id] = lab.cluster_with_instances(count=1)
    arn = lab.running()["taskArn"]
    container_instance = lab.task(arn)["containerInstanceArn"]
    lab.ec2.terminate_instances(InstanceIds=[instance_id])
    lab.ec2.get_waiter("instance_terminated").wait(InstanceIds=[instance_id])
    task = lab.stopped(arn)
    assert task["stoppedReason"] == f"Host EC2 (instance {instance_id}) terminated."
    assert task["desiredStatus"] == "STOPPED"
    assert {each["lastStatus"] for each in task["containers"]} == {"STOPPED"}
    assert lab.instances() == {}
    described = lab.ecs.describe_container_instances(
        cluster=walk.CLUSTER, containerInstances=[container_instance]
    )
    assert described["containerInstances"] == []
    assert described["failures"] == [{"arn": container_instance, "reason": "MISSING"}]


def test_deregistering_with_tasks_needs_force(in_process):
    """DeregisterContainerInstance refuses while tasks run, and answers INACTIVE by force."""
    lab = in_process
    [instance_id] = lab.cluster_with_instances(count=1)
    arn = lab.running()["taskArn"]
    name = {
        "cluster": walk.CLUSTER,
        "containerInstance": lab.instances()[instance_id]["containerInstanceArn"],
    }
    with pytest.raises(lab.ecs.exceptions.InvalidParameterException):
        lab.ecs.deregister_container_instance(**name)
    answer = lab.ecs.deregister_container_instance(**name, force=True)
    assert answer["containerInstance"]["status"] == "INACTIVE"
    assert lab.instances() == {}
    lab.pass_time(5)
    assert lab.task(arn)["lastStatus"] in ("RUNNING", "STOPPED")
    with pytest.raises(ClientError, match="No Container Instances were found in your cluster"):
        lab.run_task()


def test_instances_are_listed_by_status_and_by_query(in_process):
    """ListContainerInstances narrows by status and by the cluster query language."""
    lab = in_process
    ids = lab.cluster_with_instances(count=2)
    by_id = {key: each["containerInstanceArn"] for key, each in lab.instances().items()}

    def listed(**wish):
        answer = lab.ecs.list_container_instances(cluster=walk.CLUSTER, **wish)
        return answer["containerInstanceArns"]

    assert listed(filter=f"ec2InstanceId == {ids[1]}") == [by_id[ids[1]]]
    assert listed(filter="attribute:ecs.instance-type =~ t2.*") == []
    lab.ecs.update_container_instances_state(
        cluster=walk.CLUSTER, containerInstances=[by_id[ids[0]]], status="DRAINING"
    )
    assert listed(status="DRAINING") == [by_id[ids[0]]]
    with pytest.raises(lab.ecs.exceptions.InvalidParameterException, match="Invalid expression"):
        listed(filter="attribute:")


def test_a_custom_attribute_can_be_put_and_taken_away(in_process):
    """PutAttributes, ListAttributes and DeleteAttributes work on a container instance."""
    lab = in_process
    [instance_id] = lab.cluster_with_instances(count=1)
    target = lab.instances()[instance_id]["containerInstanceArn"]
    attribute = {"name": "stack", "value": "blue", "targetId": target}
    lab.ecs.put_attributes(cluster=walk.CLUSTER, attributes=[attribute])
    wish = {"cluster": walk.CLUSTER, "targetType": "container-instance", "attributeName": "stack"}
    assert lab.ecs.list_attributes(**wish)["attributes"] == [attribute]
    lab.ecs.delete_attributes(cluster=walk.CLUSTER, attributes=[attribute])
    assert lab.ecs.list_attributes(**wish)["attributes"] == []


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"instanceIdentityDocument": "{"}, "identity document is not valid"),
        ({"instanceIdentityDocument": "[]"}, "identity document is not valid"),
        ({"totalResources": [{"type": "INTEGER"}]}, "Resource name cannot be null"),
    ],
)
def test_a_registration_that_cannot_be_read_is_refused(in_process, wish, sentence):
    """Odd documents and resources are errors of the API, and nothing is registered."""
    in_process.cluster()
    with pytest.raises(ClientError, match=sentence):
        in_process.ecs.register_container_instance(cluster=walk.CLUSTER, **wish)
    assert in_process.instances() == {}


@in_process_only
@pytest.mark.parametrize(
    ("resource", "text"),
    [
        ({"name": "MEMORY", "integerValue": -1}, "Resource MEMORY cannot be negative."),
        ({"name": "PORTS", "stringSetValue": [":"]}, "Invalid port ':'."),
    ],
)
def test_no_agent_registers_what_no_machine_has(fleet, resource, text):
    """Less than nothing, or a port that is no number."""
    with pytest.raises(fleet.ecs.exceptions.InvalidParameterException, match=text):
        fleet.ecs.register_container_instance(cluster=walk.CLUSTER, totalResources=[resource])
