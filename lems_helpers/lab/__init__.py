"""Floor 3: what a learner touches. ``begin("03_calcium_influx")`` opens a lesson."""

from .lesson import begin

__all__ = ["begin"]
