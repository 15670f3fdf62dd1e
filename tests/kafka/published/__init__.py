"""What workers publish on a real broker, and what is read back."""
