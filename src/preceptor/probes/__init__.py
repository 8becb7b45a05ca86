"""Probe families, named and stated distributions of inputs that need no label."""

from preceptor.probes.family import Kind, Maker, ProbeFamily, ProbeSource
from preceptor.probes.probe_catalogue import FAMILIES, families, family
from preceptor.probes.text_families import TextFamily, text_families
from preceptor.probes.unit import POOL, Unit

__all__ = [
    "FAMILIES",
    "POOL",
    "Kind",
    "Maker",
    "ProbeFamily",
    "ProbeSource",
    "TextFamily",
    "Unit",
    "families",
    "family",
    "text_families",
]
