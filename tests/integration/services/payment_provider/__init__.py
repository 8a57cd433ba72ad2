"""The payment provider through its doors, against PostgreSQL."""
