"""Where clients send data, one module a family."""
