"""Several picture files that the browser streams to the server's disk, one by one, past Streamlit's memory."""

from __future__ import annotations

from core.data import collect
from pages.shared.addresses import frames_url
from pages.shared.component import REASON_JS, Component
from pages.shared.upload import CSS

HTML = """
<div class="box">
  <p>Drop pictures of one class here, or choose them.</p>
  <input type="file" multiple accept="image/*" aria-label="Pictures to upload">
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
  const put = async (file, frame) => {
    for (let wait = 1000; ; wait *= 2) {
      try {
        const address = data.url + '/' + frame + '?name=' + encodeURIComponent(file.name || 'picture');
        const answer = await fetch(address, { method: 'PUT', body: file });
        if (answer.ok) return '';
        return file.name + ': ' + reasonOf(answer.status, answer.headers.get('content-type'), await answer.text());
      } catch (lost) {
        if (wait > 16000) return file.name + ': the connection broke.';
        text.textContent = 'Waiting for the connection';
        await new Promise((go) => setTimeout(go, wait));
      }
    }
  };
  const send = async (files) => {
    if (!files.length) return;
    error.textContent = ''; going.hidden = false; input.disabled = true;
    const batch = Date.now().toString(36), refused = [];
    let done = 0, next = 0;
    const say = () => {
      bar.value = done / files.length;
      text.textContent = done.toLocaleString('en') + ' of ' + files.length.toLocaleString('en') + ' pictures';
    };
    const work = async () => {
      while (next < files.length) {
        const place = next++;
        const why = await put(files[place], batch + '-' + place);
        if (why) refused.push(why);
        done++; say();
      }
    };
    say();
    await Promise.all([work(), work()]);
    error.textContent = refused.slice(0, 3).join('\\n')
      + (refused.length > 3 ? '\\nand ' + (refused.length - 3) + ' more' : '');
    input.disabled = false; input.value = '';
    setTriggerValue('uploaded', batch);
  };
  input.onchange = () => send([...input.files]);
  box.ondragover = (e) => { e.preventDefault(); box.classList.add('over'); };
  box.ondragleave = () => box.classList.remove('over');
  box.ondrop = (e) => { e.preventDefault(); box.classList.remove('over'); send([...e.dataTransfer.files]); };
}
"""

_component = Component("upload_files", html=HTML, css=CSS + ".error { white-space: pre-line; }", js=REASON_JS + JS)


def upload_files(token: str, key: str) -> None:
    """Draw the drop box. What comes lies in the collection `token`; the page is drawn anew when all has come."""
    data = {"url": frames_url(token)}
    _component.draw(f"{key}_{collect.public_name(token)}", data, on_uploaded_change=lambda: None)
