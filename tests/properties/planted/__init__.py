"""What is planted in a log is found in its report; what is not there is not, but for the error rates that are stated."""
