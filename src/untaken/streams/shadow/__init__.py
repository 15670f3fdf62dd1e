"""Shadow execution: every signal traded on actual prices, exactly and in bulk."""
