"""The report in files: tables of every figure, as CSV and as a workbook, and one a day; whole or not at all."""
