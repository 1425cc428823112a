"""Docker's objects for people: fields with Python names, options, verbs. Import its areas, not this package."""
