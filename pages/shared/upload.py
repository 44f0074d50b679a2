"""A file that the browser streams straight to the server's disk, past Streamlit's memory."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from pages.shared import state
from pages.shared.addresses import upload_url
from pages.shared.cached import workspace
from pages.shared.component import REASON_JS, Component
from pages.shared.routes import UPLOAD_SUFFIXES

CSS = """
.box { border: 1.5px dashed var(--st-border-color); border-radius: 8px; padding: 18px; font-family: var(--st-font);
  color: var(--st-text-color); font-size: 14px; background: var(--st-secondary-background-color); }
.box.over { border-color: var(--st-primary-color); }
.box input { font: inherit; color: inherit; max-width: 100%; }
.box p { margin: 0 0 10px; }
progress { width: 100%; height: 8px; accent-color: var(--st-primary-color); }
.error { color: var(--st-red-text-color, #b3261e); }
[hidden] { display: none; }
"""

HTML = """
<div class="box">
  <p>Drop one file here, or choose it.</p>
  <input type="file" aria-label="File to upload">
  <div class="going" hidden><progress max="1" value="0"></progress><div class="text" role="status"></div></div>
  <div class="error" role="alert"></div>
</div>
"""

JS = """
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const box = parentElement.querySelector('.box'), input = box.querySelector('input');
  const going = box.querySelector('.going'), bar = box.querySelector('progress');
  const text = box.querySelector('.text'), error = box.querySelector('.error');
  input.accept = data.accept;
  const megabytes = (n) => (n / 1e6).toFixed(n < 1e7 ? 1 : 0) + ' MB';
  const send = (file) => {
    if (!file || !going.hidden) return;
    error.textContent = ''; going.hidden = false; input.disabled = true; bar.value = 0;
    const request = new XMLHttpRequest();
    request.open('PUT', data.url + '?name=' + encodeURIComponent(file.name));
    request.upload.onprogress = (e) => {
      bar.value = e.loaded / e.total;
      text.textContent = megabytes(e.loaded) + ' of ' + megabytes(e.total);
    };
    const fail = (why) => { error.textContent = why; going.hidden = true; input.disabled = false; };
    request.onerror = () => fail('The connection broke. Choose the file again.');
    request.onload = () => {
      if (request.status !== 200) {
        return fail(reasonOf(request.status, request.getResponseHeader('content-type'), request.responseText));
      }
      text.textContent = 'Uploaded'; setTriggerValue('uploaded', file.name);
    };
    request.send(file);
  };
  input.onchange = () => send(input.files[0]);
  box.ondragover = (e) => { e.preventDefault(); box.classList.add('over'); };
  box.ondragleave = () => box.classList.remove('over');
  box.ondrop = (e) => { e.preventDefault(); box.classList.remove('over'); send(e.dataTransfer.files[0]); };
}
"""

_component = Component("upload", html=HTML, css=CSS, js=REASON_JS + JS)


@dataclass(frozen=True)
class Uploaded:
    """A file that has come.

    Args:
        path: Where it is on disk; whoever uses it removes it.
        name: What it is called on the visitor's machine.
    """

    path: Path
    name: str


def upload(key: str) -> Uploaded | None:
    """Draw the drop box. Gives back the file in the one run after it has come, else None."""
    token = state.once(f"{key}_token", _new_token)
    data = {"url": upload_url(token), "accept": ",".join(UPLOAD_SUFFIXES)}
    name = _component.draw(f"{key}_{token}", data, on_uploaded_change=lambda: None).uploaded
    if not name:
        return None
    state.forget(f"{key}_token")  # the next file gets a token of its own
    uploads = workspace().uploads
    (uploads / f"{token}.wanted").unlink(missing_ok=True)
    found = next((path for suffix in UPLOAD_SUFFIXES if (path := uploads / f"{token}{suffix}").exists()), None)
    return Uploaded(found, name) if found else None


def _new_token() -> str:
    token = secrets.token_urlsafe(24)
    (workspace().uploads / f"{token}.wanted").touch()
    return token
