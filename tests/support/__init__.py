"""What tests share: databases, doors and clients that can misbehave. Holds no test."""
