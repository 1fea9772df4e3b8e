"""Search for a small program with given answers: all expressions of a small grammar, in order of size."""

from readhead.reason.search.find import Found, Outcome, explore, find
from readhead.reason.search.limits import Limits

__all__ = ["Found", "Limits", "Outcome", "explore", "find"]
