"""The version of the package, read by the build and by whatever prints it."""

__version__ = "0.1.0"
