"""Turn rows into pages: HTML and SVG without a script, a build step or an outside request."""
