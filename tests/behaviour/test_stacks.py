"""A CloudFormation stack with ECS in it: its service really runs, its deletion leaves nothing."""

import stacks
import walk
from labs import in_process_only


def test_an_update_rolls_out_and_a_bad_one_rolls_back(fleet):
    """Another image is another revision; one that is not there brings the old one back."""
    cloudformation = fleet.client("cloudformation")
    breaker = {"DeploymentCircuitBreaker": {"Enable": True, "Rollback": True}}

    def of(image):
        service = stacks.service(
            walk.CLUSTER, {"Ref": "Pages"}, ServiceName="pages", DeploymentConfiguration=breaker
        )
        return stacks.template(Pages=stacks.definition(Image=image), Service=service)

    def image():
        found = fleet.ecs.describe_services(cluster=walk.CLUSTER, services=["pages"])
        definition = fleet.ecs.describe_task_definition(
            taskDefinition=found["services"][0]["taskDefinition"]
        )["taskDefinition"]
        return definition["status"], definition["containerDefinitions"][0]["image"]

    made = cloudformation.create_stack(StackName="pages", TemplateBody=of("httpd:2.4"))["StackId"]
    stacks.wait(cloudformation, "stack_create_complete", "pages")
    cloudformation.update_stack(StackName="pages", TemplateBody=of("nginx"))
    stacks.wait(cloudformation, "stack_update_complete", "pages")
    assert image() == ("ACTIVE", "nginx")
    cloudformation.update_stack(StackName="pages", TemplateBody=of("no-such-image"))
    stacks.wait(cloudformation, "stack_rollback_complete", "pages")
    assert image() == ("ACTIVE", "nginx")
    why = stacks.reason(cloudformation, "pages", "Service", "UPDATE_FAILED")
    assert why.startswith(
        "Resource handler returned message: \"Error occurred during operation 'ECS Deployment "
        "Circuit Breaker was triggered'.\" (RequestToken: "
    )
    cloudformation.delete_stack(StackName="pages")
    stacks.wait(cloudformation, "stack_delete_complete", made)
    assert fleet.ecs.list_services(cluster=walk.CLUSTER)["serviceArns"] == []


@in_process_only
def test_a_service_with_the_default_count_runs_one_task(fleet):
    """Without DesiredCount it is 1, and the stack is made once the task runs."""
    cloudformation = fleet.client("cloudformation")
    body = stacks.template(
        Pages=stacks.definition(), Service=stacks.service(walk.CLUSTER, {"Ref": "Pages"})
    )
    cloudformation.create_stack(StackName="one", TemplateBody=body)
    assert ("Service", "CREATE_COMPLETE", "") not in stacks.events(cloudformation, "one")
    stacks.wait(cloudformation, "stack_create_complete", "one")
    [arn] = fleet.ecs.list_services(cluster=walk.CLUSTER)["serviceArns"]
    service = fleet.ecs.describe_services(cluster=walk.CLUSTER, services=[arn])["services"][0]
    assert service["desiredCount"] == service["runningCount"] == 1
    assert service["serviceName"].startswith("one-Service-")
    cloudformation.delete_stack(StackName="one")


@in_process_only
def test_a_daemon_needs_no_count(fleet):
    """SchedulingStrategy DAEMON: one task on each of the two machines."""
    cloudformation = fleet.client("cloudformation")
    service = stacks.service(
        walk.CLUSTER, {"Ref": "Pages"}, ServiceName="watch", SchedulingStrategy="DAEMON"
    )
    body = stacks.template(Pages=stacks.definition(), Service=service)
    made = cloudformation.create_stack(StackName="watch", TemplateBody=body)["StackId"]
    stacks.wait(cloudformation, "stack_create_complete", "watch")
    found = fleet.ecs.describe_services(cluster=walk.CLUSTER, services=["watch"])["services"][0]
    assert found["runningCount"] == 2
    cloudformation.delete_stack(StackName="watch")
    stacks.wait(cloudformation, "stack_delete_complete", made)


@in_process_only
def test_a_cluster_with_machines_is_not_deleted(fleet):
    """The stack says DELETE_FAILED and which resource; the cluster is still there."""
    cloudformation = fleet.client("cloudformation")
    body = stacks.template(Shop=stacks.resource("AWS::ECS::Cluster", ClusterName="late"))
    cloudformation.create_stack(StackName="late", TemplateBody=body)
    [host] = fleet.run("#!/bin/bash\necho ECS_CLUSTER=late >> /etc/ecs/ecs.config\n")
    fleet.booted([host])
    fleet.until(lambda: fleet.instances("late"))
    cloudformation.delete_stack(StackName="late")
    fleet.until(lambda: stacks.status(cloudformation, "late") == "DELETE_FAILED")
    why = stacks.reason(cloudformation, "late", "Shop", "DELETE_FAILED")
    assert "The Cluster cannot be deleted while Container Instances are active or draining" in why
    fleet.ec2.terminate_instances(InstanceIds=[host])
    fleet.until(lambda: not fleet.instances("late"))
    cloudformation.delete_stack(StackName="late")
    assert stacks.refused_as_gone(cloudformation, "late")
