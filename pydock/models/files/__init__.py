"""Files on their way between this machine and a daemon: tar streams, `docker cp`'s rules, build contexts.

Import from the file with the subject: `ignore` (.dockerignore), `context` (what a build is sent), `outgoing`
(a path or bytes as a tar), `tarstream` (a tar as it arrives), `extract` (a tar into a folder), `copy` (where
`docker cp` puts things), `stat` (what the daemon says about a path).

The danger is memory and trust: nothing here holds more than a few MiB of a file, blocks the event loop, or
believes a path that comes out of an archive.
"""
