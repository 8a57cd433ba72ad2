"""What the payment provider holds true, without a database or a network."""
