"""What is published and read back, as far as no broker is needed."""
