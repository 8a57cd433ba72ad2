"""Tools with no business word in them; every organisation could replace its copy."""
