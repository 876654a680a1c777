"""The front door: `streamlit run streamlit_app.py` and `capacity app` open the same pages."""

from capacity.app import main

main()
