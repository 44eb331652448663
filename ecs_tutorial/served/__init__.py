"""The served lab: a process that outlives kernels, its door, and how it is found."""
