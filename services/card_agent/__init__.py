"""丙 the card agent: card tokens, authorisations, proxy payment.

Knows no resident, no assessment.
"""
