"""Charts as geometry: positions in percent of the drawing, which the templates turn into inline SVG."""
