"""乙 the payment-service provider: Mobile Regi and its collection centre. Knows no card number."""
