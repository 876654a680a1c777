"""The front door: `streamlit run streamlit_app.py` and `capacity app` open the same pages."""

from streamlit.starlette import App

from capacity.app import door, early

app = App(door.SCRIPT, middleware=door.middleware(), lifespan=early.ready)
