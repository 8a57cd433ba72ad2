"""The provider's migrations, in order of their numbers."""
