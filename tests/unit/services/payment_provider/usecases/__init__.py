"""Steps of the provider's use cases that need no books."""
