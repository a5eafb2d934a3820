"""What computes on quantized numbers: nothing here."""
engine = "none"
supported_engines = ["none"]
