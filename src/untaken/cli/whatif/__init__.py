"""untaken replay what-if: its options, what they ask for, and the answer on a terminal."""
