"""Good and broken files, named for the defect, each with the problems that must be found in it."""
