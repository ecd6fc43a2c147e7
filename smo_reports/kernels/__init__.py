"""Kernels forked from a process that has imported their modules: a provisioner for any Jupyter program.

It stands alone: standard library, jupyter_client and ipykernel. ``docs/forked-kernels.md`` says how and why.
"""
