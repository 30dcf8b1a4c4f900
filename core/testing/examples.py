"""The twenty invented youths, for the tests of plugins too."""

from core.matching.examples import Example, read_example, read_examples

__all__ = ["Example", "read_example", "read_examples"]
