"""Identifiers printed on slips: barcode, payment number, OCR lines, channels; no file, no wire."""
