"""The same mesh in containers: what setup hands out, and what each container does at its start."""
