"""The rules of simplification, one idea in each module. A rule proposes changes; :mod:`.work` decides on them."""
