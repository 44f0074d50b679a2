"""What people see. With streamlit_app.py the only code that imports streamlit. Pages ask core and draw."""
