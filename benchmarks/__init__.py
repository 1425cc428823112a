"""pydock beside other clients and the raw socket: `python -m benchmarks --help`."""
