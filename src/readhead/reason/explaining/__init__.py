"""What :mod:`readhead.reason.explain` is made of: why a head looks where it does, and what would mend an answer."""
