"""The shared-use centre on LGWAN: billing keys and notices of Pay-easy. It never touches money."""
