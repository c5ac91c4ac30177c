"""Tests of how Stoa gets onto a machine: the bootstrap, the lock files, the wheel."""
