"""A day with CloudFormation, by the AWS CLI and as the CDK's own program asks it."""

import json

import boto3
import pytest
import walk
from client_programs import HERE, run

CDK = (HERE / "cdk" / "FromCdk.template.json").read_text(encoding="utf-8")
TEMPLATE = """
Parameters:
  Image: {Type: String, Default: nginx}
  Copies: {Type: Number, Default: 2}
Resources:
  Cluster:
    Type: AWS::ECS::Cluster
    Properties: {ClusterName: !Sub "${AWS::StackName}-cluster"}
  Definition:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Sub "${AWS::StackName}-web"
      ContainerDefinitions:
        - {Name: app, Image: !Ref Image, Memory: 64, PortMappings: [{ContainerPort: 80}]}
  Service:
    Type: AWS::ECS::Service
    Properties:
      ServiceName: web
      Cluster: !Ref Cluster
      TaskDefinition: !Ref Definition
      DesiredCount: !Ref Copies
Outputs:
  Cluster: {Value: !GetAtt Cluster.Arn}
  Service: {Value: !GetAtt Service.Name}
"""


def cloudformation(words, *more, code=0):
    return run("aws", "cloudformation", *words.split(), *more, code=code)


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text(TEMPLATE)
    return str(path)


def test_the_cli_deploys_changes_and_deletes_a_stack(cluster, template):
    """``deploy`` makes a change set and waits; again with other parameters; then all is gone."""
    ecs, ec2, ssm = (boto3.client(name) for name in ("ecs", "ec2", "ssm"))
    cloudformation(f"validate-template --template-body file://{template}")
    words = ["deploy --stack-name shop --template-file", template, "--parameter-overrides"]
    cloudformation(*words, "Copies=0")
    group = ec2.describe_security_groups(GroupNames=["wordpress"])["SecurityGroups"][0]["GroupId"]
    machines = walk.launch(ec2, ssm, group, count=2, cluster="shop-cluster")
    assert "Successfully created/updated stack" in cloudformation(*words, "Copies=2")
    cloudformation(*words, "Copies=2", "Image=nginx:1.29")
    service = ecs.describe_services(cluster="shop-cluster", services=["web"])["services"][0]
    assert (service["runningCount"], service["taskDefinition"][-10:]) == (2, "shop-web:2")
    again = cloudformation(*words, "Copies=2", "Image=nginx:1.29", code=255)
    assert "No changes to deploy" in again
    query = "Stacks[0].Outputs[?OutputKey=='Service'].OutputValue"
    told = cloudformation("describe-stacks --stack-name shop --output text --query", query)
    assert told.strip() == "web"
    ec2.terminate_instances(InstanceIds=machines)
    ec2.get_waiter("instance_terminated").wait(InstanceIds=machines, WaiterConfig=walk.QUICK)
    cloudformation("delete-stack --stack-name shop")
    boto3.client("cloudformation").get_waiter("stack_delete_complete").wait(
        StackName="shop", WaiterConfig=walk.QUICK
    )
    gone = ecs.describe_clusters(clusters=["shop-cluster"])["clusters"][0]
    assert gone["status"] == "INACTIVE"


def let_go_of_machines(name):
    """The CDK protects a capacity provider's machines, and a stack cannot be deleted with them."""
    autoscaling = boto3.client("autoscaling")
    group = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    machines = [each["InstanceId"] for each in group["AutoScalingGroups"][0]["Instances"]]
    assert len(machines) == 2
    autoscaling.set_instance_protection(
        AutoScalingGroupName=name, InstanceIds=machines, ProtectedFromScaleIn=False
    )


def test_a_stack_of_the_cdk_is_deployed_as_its_program_does_it(served):
    """Template by S3, change set, wait, outputs; two machines join and run what was asked for."""
    s3, ssm, stacks = (boto3.client(name) for name in ("s3", "ssm", "cloudformation"))
    ssm.put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="21", Type="String")
    s3.create_bucket(Bucket="cdk-hnb659fds-assets")
    s3.put_object(Bucket="cdk-hnb659fds-assets", Key="template.json", Body=CDK.encode())
    stacks.create_change_set(
        StackName="FromCdk",
        ChangeSetName="cdk-deploy",
        ChangeSetType="CREATE",
        TemplateURL="https://s3.us-east-1.amazonaws.com/cdk-hnb659fds-assets/template.json",
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    names = {"StackName": "FromCdk", "ChangeSetName": "cdk-deploy"}
    stacks.get_waiter("change_set_create_complete").wait(**names, WaiterConfig=walk.QUICK)
    changes = stacks.describe_change_set(**names)["Changes"]
    made = json.loads(CDK)["Resources"]
    assert {each["ResourceChange"]["LogicalResourceId"] for each in changes} == set(made)
    stacks.execute_change_set(**names)
    stacks.get_waiter("stack_create_complete").wait(StackName="FromCdk", WaiterConfig=walk.QUICK)
    resources = {
        each["LogicalResourceId"]: each
        for page in stacks.get_paginator("list_stack_resources").paginate(StackName="FromCdk")
        for each in page["StackResourceSummaries"]
    }
    assert set(resources) == set(made)
    of_type = {each["ResourceType"]: each["PhysicalResourceId"] for each in resources.values()}
    ecs = boto3.client("ecs")
    where = {
        "cluster": of_type["AWS::ECS::Cluster"],
        "services": [of_type["AWS::ECS::Service"]],
    }
    service = ecs.describe_services(**where)["services"][0]
    assert (service["runningCount"], service["desiredCount"]) == (2, 2)
    assert service["placementStrategy"] == [{"type": "spread", "field": "instanceId"}]
    let_go_of_machines(of_type["AWS::AutoScaling::AutoScalingGroup"])
    stacks.delete_stack(StackName="FromCdk")
    stacks.get_waiter("stack_delete_complete").wait(StackName="FromCdk", WaiterConfig=walk.QUICK)
    assert ecs.describe_clusters(clusters=[where["cluster"]])["clusters"][0]["status"] == "INACTIVE"
