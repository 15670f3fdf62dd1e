"""What any process makes of the state topics."""
