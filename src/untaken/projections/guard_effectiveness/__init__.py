"""What each guard's blocks saved and what they cost."""
