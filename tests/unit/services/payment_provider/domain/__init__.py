"""The provider's domain."""
