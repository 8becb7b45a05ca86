"""Shapes written as types are checked in the tests."""

from jaxtyping import install_import_hook

install_import_hook("preceptor", "checked.check")
