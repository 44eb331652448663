"""The small mends to moto's other services, one file a service."""
