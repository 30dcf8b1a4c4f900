"""The network: structures, their sites, agreements and people."""

from core.network.reference import load_structures

__all__ = ["load_structures"]
