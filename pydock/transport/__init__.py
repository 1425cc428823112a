"""Bytes: which daemon, how to dial it, HTTP/1.1, the pool, upgrades, framing. Knows no Docker noun."""
