"""Values that must not be seen: how they are found in a stream, and what is shown instead. Pure."""
