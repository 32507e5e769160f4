"""The fictional town that `make run` shows: its data, its pictures, its history. Knows features; nobody knows it."""
