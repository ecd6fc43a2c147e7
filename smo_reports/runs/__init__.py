"""Run reports: check their parameters, plan, execute, render, publish, and list what was published."""
