"""What the program says and hears over HTTP. No stage imports it."""
