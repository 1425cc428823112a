"""One module for each client, with a function (or, for a process of its own, a script) for each job it can do.

A function gets its stage and a clock: what it needs is made ready and called once before `with clock:`. Each does
the job as the client's own documentation does.
"""
