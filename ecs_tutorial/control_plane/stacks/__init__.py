"""CloudFormation stacks with ECS in them: their templates, their resources, the work on them."""
