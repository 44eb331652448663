"""The data plane: EC2 hosts, their agents, and the containers that really run."""
