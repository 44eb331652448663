"""CloudFormation: what a template may say, how a stack fails, and what Ref and Fn::GetAtt give."""

import json

import boto3
import pytest
import stacks
from botocore.exceptions import ClientError
from moto.cloudformation.models import CloudFormationBackend
from seams import assert_leaves_no_trace, assert_notices_change
from stacks import definition, parameters, resource, service, template
from surroundings import enter_fence

from ecs_tutorial.clock import ManualClock
from ecs_tutorial.control_plane.moto_seams.cloudformation import CloudFormationSeam
from ecs_tutorial.lab import LocalEcs

CLUSTER = {"Ref": "Shop"}
SHOP = resource("AWS::ECS::Cluster")
ROLE = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}
ACCOUNT = "arn:aws:ecs:us-east-1:123456789012"


@pytest.fixture(scope="module")
def one_lab(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        enter_fence(patch, tmp_path_factory.mktemp("fence"))
        local = LocalEcs()
        local.install()
        yield local
        local.stop()


@pytest.fixture
def cloudformation(one_lab):
    """A client of an empty lab."""
    one_lab.reset()
    return boto3.client("cloudformation")


@pytest.fixture
def create(cloudformation):
    def create(body, name="shop", **more):
        return cloudformation.create_stack(StackName=name, TemplateBody=body, **more)["StackId"]

    return create


def a_seam():
    return CloudFormationSeam(ManualClock(), "seed", lambda: None)


def with_outputs(resources, **values):
    given = {key: {"Value": value} for key, value in values.items()}
    return json.dumps({"Resources": resources, "Outputs": given})


def test_leaves_no_trace():
    """Installed and uninstalled, moto is as it was."""
    assert_leaves_no_trace(a_seam())


def test_notices_when_moto_changes(monkeypatch):
    """A call that moto no longer has is an error, not a stack that pretends."""
    assert_notices_change(monkeypatch, a_seam(), CloudFormationBackend, "delete_stack")


@pytest.mark.parametrize(
    "kind", ["AWS::ECS::TaskSet", "AWS::ApplicationAutoScaling::ScalableTarget"]
)
def test_what_the_lab_does_not_make_is_refused_in_words(cloudformation, create, kind):
    """The error names the type, and no stack is left behind."""
    with pytest.raises(ClientError, match=f"This lab does not create {kind} from a template"):
        create(template(Thing=resource(kind)))
    assert cloudformation.describe_stacks()["Stacks"] == []


def test_other_resources_are_moto_s_affair(cloudformation, create):
    """A stack without ECS is made."""
    create(template(Queue=resource("AWS::SQS::Queue")))
    assert stacks.status(cloudformation, "shop") == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        ({"Door": {"Properties": {}}}, r"\[/Resources/Door\] Every Resources object must contain"),
        (
            {"Shop": resource("AWS::ECS::Cluster", ClusterName={"Ref": "Nowhere"})},
            r"Unresolved resource dependencies \[Nowhere\] in the Resources block",
        ),
        (
            {
                "One": resource("AWS::ECS::Cluster", ["Two"]),
                "Two": resource("AWS::ECS::Cluster", ["One"]),
            },
            "Circular dependency between resources: ",
        ),
    ],
)
def test_a_template_that_cannot_be_made_is_refused(create, resources, words):
    """Before anything is made, with CloudFormation's words."""
    with pytest.raises(ClientError, match=words):
        create(template(**resources))


def test_yaml_builds_no_python_objects(create):
    """What comes in is read as data."""
    with pytest.raises(ClientError, match="Template format error: YAML not well-formed"):
        create("Resources: !!python/object/apply:os.getcwd []")


def test_dates_and_short_functions_are_read_as_cloudformation_reads_them(cloudformation, create):
    """A version stays text, and !Sub is Fn::Sub."""
    create(
        "AWSTemplateFormatVersion: 2010-09-09\n"
        "Resources:\n  Shop:\n    Type: AWS::ECS::Cluster\n"
        "    Properties: {ClusterName: !Sub '${AWS::StackName}-cluster'}\n"
    )
    assert boto3.client("ecs").list_clusters()["clusterArns"] == [f"{ACCOUNT}:cluster/shop-cluster"]
    assert "2010-09-09" in cloudformation.get_template(StackName="shop")["TemplateBody"]


def test_ref_and_getatt_give_what_aws_documents(cloudformation, create):
    """Cluster: name and Arn; task definition: its ARN; service: ARN and Name."""
    resources = {
        "Shop": resource("AWS::ECS::Cluster", ClusterName="shop"),
        "Pages": definition(),
        "Service": service(CLUSTER, {"Ref": "Pages"}, ServiceName="pages", DesiredCount=0),
    }
    create(
        with_outputs(
            resources,
            Name={"Ref": "Shop"},
            Arn={"Fn::GetAtt": ["Shop", "Arn"]},
            Revision={"Ref": "Pages"},
            Service={"Ref": "Service"},
            ServiceName={"Fn::GetAtt": ["Service", "Name"]},
        )
    )
    boto3.client("ecs").describe_clusters()  # a lab second, for the scheduler's look
    given = stacks.outputs(cloudformation, "shop")
    family = given.pop("Revision")
    assert given == {
        "Name": "shop",
        "Arn": f"{ACCOUNT}:cluster/shop",
        "Service": f"{ACCOUNT}:service/shop/pages",
        "ServiceName": "pages",
    }
    assert family.startswith(f"{ACCOUNT}:task-definition/shop-Pages-")


def test_an_attribute_that_a_resource_has_not_is_refused(create):
    """Fn::GetAtt of it in an output is a template error."""
    body = with_outputs({"Shop": SHOP}, Wrong={"Fn::GetAtt": ["Shop", "Name"]})
    with pytest.raises(ClientError, match="Cluster does not support attribute type Name"):
        create(body)


def test_misspelt_properties_fail_the_resource(cloudformation, create):
    """All objections at once, with the place of each; the stack rolls back."""
    containers = [{"name": "web", "Image": "httpd", "Memory": "much"}]
    create(template(Pages=resource("AWS::ECS::TaskDefinition", ContainerDefinitions=containers)))
    assert stacks.status(cloudformation, "shop") == "ROLLBACK_COMPLETE"
    why = stacks.reason(cloudformation, "shop", "Pages", "CREATE_FAILED")
    assert why.splitlines() == [
        "Properties validation failed for resource Pages with message:",
        "#/ContainerDefinitions/0: extraneous key [name] is not permitted",
        "#/ContainerDefinitions/0/Memory: expected type: Integer, found: String",
    ]


def test_numbers_and_truth_values_may_be_text(cloudformation, create):
    """And names that differ from the API's are known: PlacementStrategies, ClusterSettings."""
    settings = [{"Name": "containerInsights", "Value": "enabled"}]
    strategies = [{"Type": "spread", "Field": "instanceId"}]
    create(
        template(
            Shop=resource("AWS::ECS::Cluster", ClusterName="shop", ClusterSettings=settings),
            Pages=definition(Memory="128", Essential="true"),
            Service=service(
                CLUSTER,
                {"Ref": "Pages"},
                ServiceName="pages",
                DesiredCount="0",
                PlacementStrategies=strategies,
            ),
        )
    )
    ecs = boto3.client("ecs")
    made = ecs.describe_services(cluster="shop", services=["pages"])["services"][0]
    assert made["placementStrategy"] == [{"type": "spread", "field": "instanceId"}]
    cluster = ecs.describe_clusters(clusters=["shop"], include=["SETTINGS"])["clusters"][0]
    assert cluster["settings"] == [{"name": "containerInsights", "value": "enabled"}]


def test_what_ecs_refuses_fails_the_stack_with_its_reason(cloudformation, create):
    """The error of CreateService stands in the event, and what was made is taken back."""
    create(
        template(
            Shop=resource("AWS::ECS::Cluster", ClusterName="shop"),
            Service=service(CLUSTER, "no-such-family", ServiceName="pages"),
        )
    )
    told = stacks.events(cloudformation, "shop")
    why = stacks.reason(cloudformation, "shop", "Service", "CREATE_FAILED")
    assert why.startswith(
        'Resource handler returned message: "Invalid request provided: CreateService error: '
    )
    assert why.endswith("HandlerErrorCode: InvalidRequest)")
    assert (
        "shop",
        "ROLLBACK_IN_PROGRESS",
        "The following resource(s) failed to create: [Service]. Rollback requested by user.",
    ) in told
    assert told[-2:] == [("Shop", "DELETE_COMPLETE", ""), ("shop", "ROLLBACK_COMPLETE", "")]
    assert boto3.client("ecs").list_clusters()["clusterArns"] == []


def test_a_stack_that_rolled_back_is_not_updated(cloudformation, create):
    """It can be deleted, and made again under its name."""
    create(template(Pages=resource("AWS::ECS::TaskDefinition", ContainerDefinitions="none")))
    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        cloudformation.update_stack(StackName="shop", TemplateBody=template(Shop=SHOP))
    cloudformation.delete_stack(StackName="shop")
    create(template(Shop=SHOP))
    assert stacks.status(cloudformation, "shop") == "CREATE_COMPLETE"


def test_the_same_template_again_is_no_update(cloudformation, create):
    """No updates are to be performed."""
    create(template(Shop=SHOP))
    with pytest.raises(ClientError, match="No updates are to be performed"):
        cloudformation.update_stack(StackName="shop", TemplateBody=template(Shop=SHOP))


def test_a_change_reaches_what_refers_to_it(cloudformation, create):
    """A new revision is a new Ref: the service, whose own lines are the same, gets it."""

    def body(memory):
        pages = definition(Memory=memory)
        pages["Properties"]["Family"] = "pages"
        return template(
            Shop=resource("AWS::ECS::Cluster", ClusterName="shop"),
            Pages=pages,
            Service=service(CLUSTER, {"Ref": "Pages"}, ServiceName="pages", DesiredCount=0),
        )

    create(body(64))
    ecs = boto3.client("ecs")
    ecs.describe_clusters()
    cloudformation.update_stack(StackName="shop", TemplateBody=body(128))
    ecs.describe_clusters()
    ecs.describe_clusters()
    assert stacks.status(cloudformation, "shop") == "UPDATE_COMPLETE"
    made = ecs.describe_services(cluster="shop", services=["pages"])["services"][0]
    assert made["taskDefinition"].endswith(":2")
    [active] = ecs.list_task_definitions()["taskDefinitionArns"]
    assert active == made["taskDefinition"]


def test_what_a_template_no_longer_has_is_removed(cloudformation, create):
    """An update takes it away at the end; what it adds it makes."""
    create(template(Old=resource("AWS::ECS::Cluster", ClusterName="old")))
    cloudformation.update_stack(
        StackName="shop",
        TemplateBody=template(New=resource("AWS::ECS::Cluster", ClusterName="new")),
    )
    assert boto3.client("ecs").list_clusters()["clusterArns"] == [f"{ACCOUNT}:cluster/new"]


def test_a_retained_resource_outlives_its_stack(cloudformation, create):
    """DeletionPolicy Retain."""
    kept = {**resource("AWS::ECS::Cluster", ClusterName="kept"), "DeletionPolicy": "Retain"}
    stack = create(template(Shop=kept))
    cloudformation.delete_stack(StackName="shop")
    assert stacks.status(cloudformation, stack) == "DELETE_COMPLETE"
    assert boto3.client("ecs").list_clusters()["clusterArns"] == [f"{ACCOUNT}:cluster/kept"]


def test_a_deleted_stack_makes_nothing_when_it_is_looked_at(cloudformation, create):
    """Its outputs are gone with it, and its resources stay gone."""
    stack = create(with_outputs({"Shop": SHOP}, Name={"Ref": "Shop"}))
    cloudformation.delete_stack(StackName="shop")
    cloudformation.describe_stacks(StackName=stack)
    assert boto3.client("ecs").list_clusters()["clusterArns"] == []


def test_roles_want_to_be_acknowledged(create):
    """Without a capability the call is refused; named roles want the other one."""
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_IAM\]"):
        create(template(Role=resource("AWS::IAM::Role", **ROLE)))
    named = template(Role=resource("AWS::IAM::Role", RoleName="mine", **ROLE))
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_NAMED_IAM\]"):
        create(named, Capabilities=["CAPABILITY_IAM"])
    create(named, Capabilities=["CAPABILITY_NAMED_IAM"])


def test_a_role_has_the_policies_of_the_template(create):
    """Those of AWS are attached and those written into it are read; both go with the stack."""
    policy = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
    inline = {"PolicyName": "own", "PolicyDocument": {"Statement": []}}
    role = resource("AWS::IAM::Role", ManagedPolicyArns=[policy], Policies=[inline], **ROLE)
    create(template(Role=role), Capabilities=["CAPABILITY_IAM"])
    iam = boto3.client("iam")
    [made] = iam.list_roles()["Roles"]
    attached = iam.list_attached_role_policies(RoleName=made["RoleName"])["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [policy]
    boto3.client("cloudformation").delete_stack(StackName="shop")
    assert iam.list_roles()["Roles"] == []


def test_a_change_set_makes_a_stack_and_changes_it(cloudformation):
    """As ``aws cloudformation deploy`` does it: create, execute; outputs are there after it."""

    def deploy(kind, name, body):
        cloudformation.create_change_set(
            StackName="shop", ChangeSetName=name, ChangeSetType=kind, TemplateBody=body
        )
        cloudformation.execute_change_set(StackName="shop", ChangeSetName=name)

    def body(name):
        cluster = resource("AWS::ECS::Cluster", ClusterName=name)
        return with_outputs({"Shop": cluster}, Name={"Ref": "Shop"})

    deploy("CREATE", "first", body("old"))
    assert stacks.outputs(cloudformation, "shop") == {"Name": "old"}
    deploy("UPDATE", "second", body("new"))
    assert stacks.outputs(cloudformation, "shop") == {"Name": "new"}
    with pytest.raises(ClientError, match="cannot be executed in its current status"):
        cloudformation.execute_change_set(StackName="shop", ChangeSetName="second")


def test_parameters_are_shown_as_they_were_given(cloudformation, create):
    """A list as its text, a default, and what a parameter of SSM holds beside its name."""
    path = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
    kind = "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"
    declared = {
        "Names": {"Type": "CommaDelimitedList"},
        "Copies": {"Type": "Number", "Default": 2},
        "Machine": {"Type": kind, "Default": path},
    }
    body = json.dumps({"Parameters": declared, "Resources": {"Shop": SHOP}})
    create(body, Parameters=parameters(Names="a,b"))
    stack = cloudformation.describe_stacks(StackName="shop")["Stacks"][0]
    shown = {each.pop("ParameterKey"): each for each in stack["Parameters"]}
    assert shown["Machine"].pop("ResolvedValue").startswith("ami-")
    assert {name: each["ParameterValue"] for name, each in shown.items()} == {
        "Names": "a,b",
        "Copies": "2",
        "Machine": path,
    }


def test_each_resource_has_a_status_of_its_own(cloudformation, create):
    """And the time at which it got there."""
    create(template(Shop=SHOP, Service=service(CLUSTER, "no-such-family")))
    create(template(Shop=SHOP), "other")
    [found] = cloudformation.describe_stack_resources(StackName="other")["StackResources"]
    assert (found["ResourceType"], found["ResourceStatus"]) == (
        "AWS::ECS::Cluster",
        "CREATE_COMPLETE",
    )
    [listed] = cloudformation.list_stack_resources(StackName="other")["StackResourceSummaries"]
    assert listed["LastUpdatedTimestamp"] == found["Timestamp"]


def test_a_capacity_provider_comes_with_its_cluster(cloudformation, create):
    """With an Auto Scaling group of the same stack; all four go with it."""
    machine = {"ImageId": "ami-05fb4f257abd42992", "InstanceType": "t3.medium"}
    group = {"MinSize": "0", "MaxSize": "2", "AvailabilityZones": ["us-east-1a"]}
    chosen = {"LaunchTemplateId": {"Ref": "Machine"}, "Version": "1"}
    source = {"AutoScalingGroupArn": {"Ref": "Group"}, "ManagedScaling": {"Status": "ENABLED"}}
    providers = {"CapacityProviders": [{"Ref": "Provider"}]}
    strategy = [{"CapacityProvider": {"Ref": "Provider"}, "Weight": 1}]
    stack = create(
        template(
            Shop=resource("AWS::ECS::Cluster", ClusterName="shop"),
            Machine=resource("AWS::EC2::LaunchTemplate", LaunchTemplateData=machine),
            Group=resource("AWS::AutoScaling::AutoScalingGroup", LaunchTemplate=chosen, **group),
            Provider=resource("AWS::ECS::CapacityProvider", AutoScalingGroupProvider=source),
            Bound=resource(
                "AWS::ECS::ClusterCapacityProviderAssociations",
                Cluster=CLUSTER,
                DefaultCapacityProviderStrategy=strategy,
                **providers,
            ),
        )
    )
    told = stacks.events(cloudformation, "shop")
    assert ("shop", "CREATE_COMPLETE", "") in told, told
    ecs = boto3.client("ecs")
    [cluster] = ecs.describe_clusters(clusters=["shop"])["clusters"]
    [name] = cluster["capacityProviders"]
    assert name.startswith("shop-Provider-")
    cloudformation.delete_stack(StackName="shop")
    assert stacks.status(cloudformation, stack) == "DELETE_COMPLETE"
