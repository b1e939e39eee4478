"""CEL's evaluator, without the rest of its package: that is a command line whose import would take 25 MB of on-call."""

from __future__ import annotations

import importlib.util
from importlib.machinery import PathFinder
from types import ModuleType


def load() -> ModuleType:
    """The extension module of the package `cel`, which holds `compile` and `evaluate`."""
    package = importlib.util.find_spec("cel")
    found = package and PathFinder.find_spec("cel.cel", package.submodule_search_locations)
    if not found or found.loader is None:
        raise ImportError("the package common-expression-language has no extension module `cel.cel`")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module
