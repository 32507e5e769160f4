"""What tests stand on: throw-away servers, nothing of the product.

postgres.py   a PostgreSQL of our own, from Debian's binaries or those in a wheel; one a test run, many databases
ceph.py       a one-node Ceph with radosgw: a real S3 server (signatures, expiry, conditional writes)
server.py     the product itself as a separate process, to be killed, restarted and raced
browser.py    Chromium, headless, driven by Playwright
guard.py      ends servers when the test run is over, however it ended; locks between xdist workers

The fixtures built on these are in tests/conftest.py.
"""
