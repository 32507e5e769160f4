"""Coverage-guided fuzzing of our own parsers, with atheris: `make fuzz`."""
