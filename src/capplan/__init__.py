"""capplan: capacity planning for production web applications."""

__version__ = "0.1.0"
