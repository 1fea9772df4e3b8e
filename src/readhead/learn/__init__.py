"""Learning: data in, a program out."""

import sys
from types import ModuleType

from readhead.learn.learner import learn
from readhead.learn.result import LearnResult

__all__ = ["LearnResult", "learn"]


class _Learn(ModuleType):
    """This package, which can be called: ``readhead.learn("sort")`` is ``readhead.learn.learn("sort")``.

    A package and its submodule share one name space, so ``readhead.learn`` cannot be the function alone.
    """

    __call__ = staticmethod(learn)


sys.modules[__name__].__class__ = _Learn
