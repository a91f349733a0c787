"""One module per task: data set, loss, metrics and decoding."""
