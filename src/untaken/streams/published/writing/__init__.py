"""What a worker notes of its changes, and how they become public: once, or not at all."""
