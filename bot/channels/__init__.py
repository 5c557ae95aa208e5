"""The channels through which the assistant speaks. A channel only translates."""
