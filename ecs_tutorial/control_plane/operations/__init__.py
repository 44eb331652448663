"""The ECS operations, a file a resource: request parameters in, response structure out.

Each is a function of the backend and the request's parameters, named as the API
names it in snake_case. ``OPERATIONS`` in ``ecs_api`` puts them on the wire.
"""
