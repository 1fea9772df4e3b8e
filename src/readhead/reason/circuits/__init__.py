"""What :mod:`readhead.reason.circuit` is made of: conditions, slices, runs with parts replaced, smaller tables."""
