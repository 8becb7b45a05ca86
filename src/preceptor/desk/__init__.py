"""The desk: the web app at which people are the teacher."""

from preceptor.desk.desk_app import make_app
from preceptor.desk.own_views import OwnHook
from preceptor.desk.serve import BUSY_SECONDS, serve

__all__ = ["BUSY_SECONDS", "OwnHook", "make_app", "serve"]
