"""The desk: the web app at which people are the teacher."""

from preceptor.desk.app import make_app
from preceptor.desk.serve import serve

__all__ = ["make_app", "serve"]
