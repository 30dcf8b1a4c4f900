"""The twenty invented youths, for the tests of plugins too."""

from core.contracts.matching import Example
from core.matching.examples import read_example, read_examples

__all__ = ["Example", "read_example", "read_examples"]
