"""The workbook that a unit fills: its sheets, written and read."""
