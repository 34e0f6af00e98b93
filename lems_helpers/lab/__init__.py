"""Floor 3: what a learner touches. ``begin("03_calcium_influx")`` opens a lesson."""

import gc

# Half a million objects come with the imports, to stay. Python would look through them for rubbish
# again and again, while it imports (a tenth of that time) and later under a moving slider.
gc.disable()
try:
    from .lesson import begin
finally:
    gc.enable()
gc.freeze()

__all__ = ["begin"]
