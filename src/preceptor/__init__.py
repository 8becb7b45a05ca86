"""Adversarial robustness with respect to a teacher."""

__version__ = "0.1.0"
