"""How to judge: verdicts on guards, histograms, attribution and performance figures, from exact integers."""
