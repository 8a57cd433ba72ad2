"""What is true for the ward: records, state tables, rules, refusals. Pure; knows no framework."""
