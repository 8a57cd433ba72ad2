"""Puts the mesh on a machine: authorities, PostgreSQL, processes, the command.

Nobody imports it.
"""
