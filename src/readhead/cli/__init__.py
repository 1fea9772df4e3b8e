"""The command line: ``readhead learn``, ``run``, ``trace``, ``show``, ``evaluate``, ``tasks``."""

from readhead.cli.app import main as main
