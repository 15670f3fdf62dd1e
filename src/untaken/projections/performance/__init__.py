"""Results of real trades and of all signals, told apart by every dimension."""
