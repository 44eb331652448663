"""RunInstances as AWS does it, where moto does less.

How many instances, which of them get the instance profile, in which subnet, with
which disk; and what is refused. States and addresses are not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import moto.settings
from moto.autoscaling.models import FakeAutoScalingGroup
from moto.ec2.exceptions import DependencyViolationError, EC2ClientError
from moto.ec2.models import instances as moto_instances
from moto.ec2.models.instances import Instance, InstanceBackend, Reservation
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.responses.instances import InstanceResponse
from moto.iam.models import iam_backends
from moto.moto_api._internal import mock_random
from moto.utilities.utils import is_valid_uuid

from ecs_tutorial.control_plane.moto_seams.amis import ami_facts
from ecs_tutorial.control_plane.moto_seams.seam import Seam

ECS_ROOT_VOLUME_GIB = 30  # ecs-optimized_AMI.md of the ECS developer guide
OTHER_ROOT_VOLUME_GIB = 8


class Launches(Seam):
    def _mend(self) -> None:
        self._replace(moto.settings, "ENABLE_AMI_VALIDATION", True)
        self._replace(moto.settings, "EC2_ENABLE_INSTANCE_TYPE_VALIDATION", True)
        self._replace(moto_instances, "InvalidInstanceTypeError", unknown_instance_type)
        self._wrap(InstanceResponse, "run_instances", as_many_as_asked)
        self._wrap(InstanceBackend, "run_instances", completed)
        self._replace(Instance, "setup_defaults", attach_root_volume)
        self._wrap(FakeAutoScalingGroup, "replace_autoscaling_group_instances", with_their_profile)
        self._wrap(SecurityGroupBackend, "_delete_security_group", only_unused)


def unknown_instance_type(instance_type: str) -> EC2ClientError:
    # AWS: it is refused; that the text is exactly this one is not confirmed.
    return EC2ClientError(
        "InvalidParameterValue", f"Invalid value '{instance_type}' for InstanceType."
    )


def as_many_as_asked(run: Callable[..., Any]) -> Callable[..., Any]:
    """moto launches MinCount instances; AWS as many as it can up to MaxCount."""

    def run_instances(response: InstanceResponse) -> Any:
        parameters = response.params
        parameters["MinCount"] = parameters.get("MaxCount", parameters.get("MinCount", 1))
        profile = response._get_param("IamInstanceProfile.Name")
        if profile:
            refuse_unknown_profile(response.current_account, profile)
        return run(response)

    return run_instances


def completed(run: Callable[..., Reservation]) -> Callable[..., Reservation]:
    def run_instances(
        backend: Any,
        image_id: str | None,
        count: int,
        user_data: Any,
        security_group_names: list[str],
        **wish: Any,
    ) -> Reservation:
        template = template_data(backend, wish)
        refuse_unknown(backend, image_id or template.get("ImageId"), wish)
        choose_subnet(backend, template, wish)
        wish["client_token"] = stable_token(wish.get("client_token"))
        for interface in wish.get("nics") or []:
            if "NetworkInterfaceId" not in interface:
                interface.setdefault("DeleteOnTermination", True)
        reservation = run(backend, image_id, count, user_data, security_group_names, **wish)
        for instance in reservation.instances:
            complete_interfaces(instance, made=not wish.get("nics"))
        attach_profile(backend, reservation.instances, template, wish)
        return reservation

    return run_instances


def complete_interfaces(instance: Instance, made: bool) -> None:
    """The interface made with an instance ends with it; its groups are the instance's."""
    if made:
        instance.nics[0].delete_on_termination = True
    if not instance.security_groups:
        instance.security_groups = list(instance.nics[0].group_set)


def template_data(backend: Any, wish: dict[str, Any]) -> dict[str, Any]:
    template = wish.get("launch_template")
    return dict(backend._get_template_from_args(template).data) if template else {}


def refuse_unknown(backend: Any, image_id: str | None, wish: dict[str, Any]) -> None:
    if not image_id:
        raise EC2ClientError("MissingParameter", "The request must contain the parameter ImageId")
    backend.describe_images(ami_ids=[image_id])
    if wish.get("key_name"):
        backend.describe_key_pairs(key_names=[wish["key_name"]])


def refuse_unknown_profile(account_id: str, name: str) -> None:
    profiles = iam_backends[account_id]["aws"].instance_profiles.values()
    if all(profile.name != name for profile in profiles):
        # AWS: the code and the text are as users quote them, not confirmed by its documentation.
        raise EC2ClientError(
            "InvalidParameterValue",
            f"Value ({name}) for parameter iamInstanceProfile.name is invalid. "
            "Invalid IAM Instance Profile name",
        )


def choose_subnet(backend: Any, template: dict[str, Any], wish: dict[str, Any]) -> None:
    """Without a subnet it is the default one, as since 2013; moto has EC2-Classic in mind."""
    interfaces = [*(wish.get("nics") or []), *template.get("NetworkInterfaces", [])]
    if wish.get("subnet_id") or any("SubnetId" in interface for interface in interfaces):
        return
    # AWS: the zone is AWS's choice when none is named; the lab takes the first.
    zone = wish.get("placement") or f"{backend.region_name}a"
    subnet = backend.get_default_subnets().get(zone)
    if subnet is not None:
        wish["subnet_id"] = subnet.id


def stable_token(token: str | None) -> str | None:
    # AWS: it echoes the ClientToken that boto3 invents; the lab's is the same on each run.
    invented = token is not None and is_valid_uuid(token)
    return str(mock_random.uuid4()) if invented else token


def attach_profile(
    backend: Any, instances: list[Instance], template: dict[str, Any], wish: dict[str, Any]
) -> None:
    """Every instance gets the profile; moto gives it to the first one only."""
    name, arn = wish.get("iam_instance_profile_name"), wish.get("iam_instance_profile_arn")
    without = instances[1:]
    if not name and not arn:
        profile = template.get("IamInstanceProfile", {})
        name, arn, without = profile.get("Name"), profile.get("Arn"), instances
    if name or arn:
        for instance in without:
            backend.associate_iam_instance_profile(instance.id, name, arn)


def with_their_profile(start: Callable[..., None]) -> Callable[..., None]:
    """The instances of a group have its launch configuration's profile, which moto forgets."""

    def replace_autoscaling_group_instances(
        group: FakeAutoScalingGroup, *given: Any, **named: Any
    ) -> None:
        before = {each.instance.id for each in group.instance_states}
        start(group, *given, **named)
        profile = group.launch_config.iam_instance_profile if group.launch_config else None
        name, arn = (None, profile) if str(profile).startswith("arn:") else (profile, None)
        for each in group.instance_states if profile else ():
            if each.instance.id not in before:
                backend = group.autoscaling_backend.ec2_backend
                backend.associate_iam_instance_profile(each.instance.id, name, arn)

    return replace_autoscaling_group_instances


def attach_root_volume(instance: Instance) -> None:
    backend = instance.ec2_backend
    ecs = ami_facts(backend, instance.image_id).is_ecs_optimized
    size = ECS_ROOT_VOLUME_GIB if ecs else OTHER_ROOT_VOLUME_GIB
    volume = backend.create_volume(
        size=size, zone_name=instance.availability_zone, volume_type="gp3"
    )
    backend.attach_volume(volume.id, instance.id, instance.root_device_name, True)


def only_unused(delete: Callable[..., None]) -> Callable[..., None]:
    def delete_security_group(backend: Any, vpc_id: str | None, group_id: str) -> None:
        for eni in backend.enis.values():
            if any(group.id == group_id for group in eni.group_set):
                raise DependencyViolationError(f"resource {group_id} has a dependent object")
        delete(backend, vpc_id, group_id)

    return delete_security_group
