"""What several pages need.

navigation.py  the script that Streamlit runs: page config, the table of pages, the strip of running jobs
links.py       naming a page for links
state.py       the only user of session_state and of the address's parameters
cached.py      the only user of st.cache_*
frame.py       the top of every page: title, one line, the thing in hand
component.py   browser code and its key; the only user of st.components.v2
gallery.py     pictures as even tiles that can be clicked
large_view.py  one picture large, previous and next
edit_pending.py  changes of a data set that are not saved yet, a draft
edit_bar.py    the bar that saves them
edit_one.py    changing the image of a large view
telling.py     what was just done, said once
upload.py      a file that streams to disk, past Streamlit
upload_files.py  several picture files, streamed to disk one by one
routes.py      what the server answers beside the pages: pictures and uploads
frames.py      the routes of pictures that come one by one
streaming.py   the body of a request, written to disk as it comes
camera.py      whether a browser offers its camera
job_progress.py  how far a job is, and the button that cancels it
charts.py      what several pages draw
style.py       margins, and what the theme cannot say
messages.py    core's errors and numbers -> words
"""
