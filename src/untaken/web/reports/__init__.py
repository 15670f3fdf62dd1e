"""Reports: the document of `untaken report --json`, on a terminal or as one self-contained HTML file."""
