"""Every signal simulated, beside what was really traded."""
