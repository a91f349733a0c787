"""Published data: what the configuration declares, and how it is downloaded."""
