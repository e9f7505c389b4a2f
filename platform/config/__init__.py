"""The wiring: imports everyone, imported by no one."""
