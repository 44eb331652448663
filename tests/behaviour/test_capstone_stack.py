"""The capstone's template: an application with all that it needs, from nothing to nothing."""

import stacks
from load_balanced import Visitor


def test_the_whole_application_comes_and_goes(lab):
    """Two machines, a load balancer and a service that answers behind it; then nothing."""
    cloudformation = lab.client("cloudformation")
    made = cloudformation.create_stack(
        StackName="shop",
        TemplateBody=stacks.CAPSTONE,
        Parameters=stacks.in_this_network(lab),
        Capabilities=["CAPABILITY_IAM"],
    )["StackId"]
    assert stacks.status(cloudformation, "shop") == "CREATE_IN_PROGRESS"
    stacks.wait(cloudformation, "stack_create_complete", "shop")
    given = stacks.outputs(cloudformation, "shop")
    service = lab.ecs.describe_services(
        cluster=given["ClusterName"], services=[given["ServiceName"]]
    )["services"][0]
    assert (service["runningCount"], service["deployments"][0]["rolloutState"]) == (2, "COMPLETED")
    door = lab.browse(given["Address"], 80)["loopback_port"]
    assert Visitor(given["Address"], door).get()[0] == 200
    cloudformation.delete_stack(StackName="shop")
    stacks.wait(cloudformation, "stack_delete_complete", made)
    assert lab.ecs.list_clusters()["clusterArns"] == []
    assert lab.client("elbv2").describe_target_groups()["TargetGroups"] == []
    assert [g["GroupName"] for g in lab.ec2.describe_security_groups()["SecurityGroups"]] == [
        "default"
    ]
    assert lab.iam.list_roles()["Roles"] == lab.iam.list_instance_profiles()["InstanceProfiles"]
