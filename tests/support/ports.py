"""Free TCP ports on loopback."""

import socket


def free_port() -> int:
    """A port that was free a moment ago. Whoever takes it should fail loudly if somebody was faster."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
