"""The whole thing on one machine, with nothing to configure: ``gatereel demo``."""
