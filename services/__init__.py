"""The four organisations. None of them imports another: they speak through their doors only."""
