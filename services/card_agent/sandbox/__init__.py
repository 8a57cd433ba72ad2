"""Card networks with state, standing behind the card agent in sandbox mode only. Knows no api."""
