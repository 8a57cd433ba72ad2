"""Tests of what puts the mesh on a machine, as far as it needs no process and no file of a mesh."""
