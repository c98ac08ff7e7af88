"""Student and instructor notebooks, made from the chapters' sources."""
