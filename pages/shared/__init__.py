"""What several pages need.

navigation.py  the script that Streamlit runs: page config, the table of pages, the strip of running jobs
links.py       naming a page for links
state.py       the only user of session_state and of the address's parameters
cached.py      the only user of st.cache_*
frame.py       the top of every page: title, one line, the thing in hand
gallery.py     pictures as even tiles that can be clicked
upload.py      a file that streams to disk, past Streamlit
routes.py      what the server answers beside the pages: pictures and uploads
charts.py      what several pages draw
style.py       margins, and what the theme cannot say
messages.py    core's errors and numbers -> words
"""
