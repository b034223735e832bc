"""The fact families, one module an area: frozen plain data, no library's types, no opinions."""
