"""The photo engine: arrays in, findings out. No database, no HTTP, no files; the same input gives the same answer."""
