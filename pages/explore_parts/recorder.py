"""The webcam in the browser: hold a button to record, see the frames, sort bad ones out.

All of it runs in the visitor's browser. Each frame goes to the server by itself (pages/shared/frames.py) as a
JPEG; a run of the page hears only that something changed, and reads from disk what has come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from core.data import collect
from pages.shared.addresses import frames_url
from pages.shared.component import REASON_JS, Component

EVERY_MS = 150
LONGER_SIDE = 640
QUALITY = 0.92

CSS = """
.collect { font-family: var(--st-font); font-size: 14px; color: var(--st-text-color); }
[hidden] { display: none !important; }
.view { position: relative; overflow: hidden; border-radius: 8px; max-width: 640px; aspect-ratio: 4 / 3;
  background: var(--st-secondary-background-color); }
.view.wide { aspect-ratio: auto; }
video { display: block; width: 100%; }
.square { position: absolute; inset: 0; margin: auto; height: 100%; aspect-ratio: 1; max-width: 100%;
  box-sizing: border-box; outline: 2000px solid rgba(15, 17, 18, .38); pointer-events: none; }
.view.tall .square { height: auto; width: 100%; }
.counter { position: absolute; top: 8px; left: 8px; padding: 3px 10px; border-radius: 999px; color: #fff;
  background: rgba(15, 17, 18, .78); font-variant-numeric: tabular-nums; }
.on .counter { background: #b3261e; }
.controls { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-top: 10px; max-width: 640px; }
button, select { font: inherit; color: inherit; }
.record { flex: 1 1 220px; min-height: 52px; border: 0; border-radius: 8px; cursor: pointer; font-weight: 600;
  color: var(--st-background-color); background: var(--st-primary-color); user-select: none; -webkit-user-select: none;
  -webkit-touch-callout: none; touch-action: none; }
.record:disabled { cursor: default; color: var(--st-text-color); opacity: .55;
  background: var(--st-secondary-background-color); box-shadow: inset 0 0 0 1px var(--st-border-color); }
.on .record { color: #fff; background: #b3261e; }
button:focus-visible, select:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
select { min-height: 40px; max-width: 100%; padding: 0 8px; border: 1px solid var(--st-border-color);
  border-radius: 8px; background: var(--st-background-color); }
.say { min-height: 20px; margin-top: 6px; opacity: .8; }
.error { color: var(--st-red-text-color, #b3261e); }
@media (max-width: 640px) { .bursts { max-height: 60vh; overflow-y: auto; } }
.head { margin: 14px 0 6px; overflow-wrap: anywhere; }
.head b { font-weight: 600; }
.tiles { display: grid; gap: 6px; grid-template-columns: repeat(auto-fill, minmax(72px, 1fr)); }
.tile { all: unset; position: relative; aspect-ratio: 1; overflow: hidden; cursor: pointer; border-radius: 6px;
  background: var(--st-secondary-background-color); }
.tile img { width: 100%; height: 100%; object-fit: cover; display: block; }
.tile[aria-pressed="true"] img { opacity: .22; filter: grayscale(1); }
.tile[aria-pressed="true"]::after { content: "left out"; position: absolute; inset: auto 0 6px; text-align: center;
  font-size: 12px; }
.tile:hover { box-shadow: inset 0 0 0 2px var(--st-primary-color); }
.tile:hover img { filter: brightness(.85); }
"""

HTML = """
<div class="collect">
  <div class="stage" hidden>
    <div class="view"><video playsinline muted autoplay aria-label="What the camera sees"></video>
      <div class="square"></div><div class="counter" aria-hidden="true"></div></div>
    <div class="controls">
      <button class="record" type="button" disabled>Hold to record</button>
      <select class="cameras" aria-label="Camera" hidden></select>
    </div>
    <div class="say" role="status"></div>
  </div>
  <div class="error" role="alert"></div>
  <div class="bursts"></div>
</div>
"""

JS = """
const WHY = {
  NotAllowedError: 'The browser was not allowed to use the camera. Allow it beside the address, then reload the page.',
  NotFoundError: 'No camera was found on this machine. Plug one in, then reload the page.',
  NotReadableError: 'Another program uses the camera. End it, then reload the page.',
};
const AHEAD = 40;  // frames that may wait to be sent before recording pauses

function recorder(root) {
  const find = (name) => root.querySelector(name);
  const stage = find('.stage'), view = find('.view'), video = find('video'), counter = find('.counter');
  const button = find('.record'), cameras = find('.cameras'), say = find('.say'), error = find('.error');
  const canvas = document.createElement('canvas'), small = document.createElement('canvas');
  const frames = new Map(), waiting = [];
  let data = {}, changed = () => {}, stream = null, asked = false, timer = 0, burst = null, encoding = 0, sending = 0, gone = false;

  // the camera
  const open = async (id) => {
    asked = true;
    try {
      const wish = { width: { ideal: 1280 }, ...(id ? { deviceId: { exact: id } } : { facingMode: 'environment' }) };
      close();
      const opened = await navigator.mediaDevices.getUserMedia({ video: wish, audio: false });
      if (gone) return opened.getTracks().forEach((track) => track.stop());
      stream = opened; video.srcObject = stream; error.textContent = '';
      const every = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === 'videoinput');
      const own = stream.getVideoTracks()[0].getSettings().deviceId;
      cameras.replaceChildren(...every.map((one, place) => {
        const option = document.createElement('option');
        option.value = one.deviceId; option.textContent = one.label || 'Camera ' + (place + 1);
        option.selected = one.deviceId === own;
        return option;
      }));
      cameras.hidden = every.length < 2;
    } catch (why) {
      error.textContent = WHY[why.name] || 'The camera cannot be used (' + why.message + ').';
    }
    show();
  };
  const close = () => { if (stream) stream.getTracks().forEach((track) => track.stop()); stream = null; };
  cameras.onchange = () => open(cameras.value);
  video.onresize = video.onloadeddata = () => {
    view.classList.add('wide');
    view.classList.toggle('tall', video.videoHeight > video.videoWidth);
    show();
  };

  // recording
  const grab = () => {
    const scale = Math.min(1, data.side / Math.max(video.videoWidth, video.videoHeight));
    if (waiting.length >= AHEAD || frames.size >= data.most) return;
    const frame = { id: burst.id + '-' + burst.frames++, burst: burst.id, label: burst.label, dropped: false };
    frames.set(frame.id, frame);
    canvas.width = Math.round(video.videoWidth * scale); canvas.height = Math.round(video.videoHeight * scale);
    const pen = canvas.getContext('2d');
    pen.imageSmoothingQuality = 'high';
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
    encoding++;
    canvas.toBlob((blob) => {
      encoding--; frame.blob = blob; waiting.push(frame); send();
    }, 'image/jpeg', data.quality);
    const few = 160 / Math.max(canvas.width, canvas.height);  // the tile keeps a small one, not the frame
    small.width = canvas.width * few; small.height = canvas.height * few;
    small.getContext('2d').drawImage(canvas, 0, 0, small.width, small.height);
    frame.url = small.toDataURL('image/jpeg', 0.8);
    draw(frame);
    show();
  };
  const begin = () => {
    if (burst || button.disabled) return;
    burst = { id: Date.now().toString(36), label: data.label, frames: 0 };
    root.classList.add('on');
    grab();
    timer = setInterval(grab, data.every);
  };
  const end = () => {
    if (!burst) return;
    clearInterval(timer); burst = null; root.classList.remove('on'); show(); settle();
  };
  button.onpointerdown = (e) => {
    if (e.button) return;
    button.setPointerCapture(e.pointerId); button.focus(); begin(); e.preventDefault();
  };
  button.onpointerup = button.onpointercancel = button.onlostpointercapture = button.onblur = end;
  button.oncontextmenu = (e) => e.preventDefault();
  button.onkeydown = (e) => { if (e.key === ' ' || e.key === 'Enter') { e.preventDefault(); if (!e.repeat) begin(); } };
  button.onkeyup = (e) => { if (e.key === ' ' || e.key === 'Enter') { e.preventDefault(); end(); } };
  document.addEventListener('visibilitychange', end);

  // sending, two at a time, again where the connection breaks
  const reason = async (answer) => reasonOf(answer.status, answer.headers.get('content-type'), await answer.text());
  const send = async () => {
    if (sending >= 2 || !waiting.length) return;
    sending++;
    const frame = waiting.shift();
    for (let wait = 1000; !gone; wait = Math.min(2 * wait, 8000)) {
      try {
        const address = data.url + '/' + frame.id + '?label=' + encodeURIComponent(frame.label);
        const answer = await fetch(address, { method: 'PUT', body: frame.blob });
        if (answer.status === 410) { end(); for (const late of [frame, ...waiting.splice(0)]) forget(late); }  // it is over
        else if (!answer.ok) { end(); error.textContent = await reason(answer); forget(frame); }
        else frame.sent = true;
        break;
      } catch (lost) {
        say.textContent = 'Waiting for the connection; the frames are kept here';
        await new Promise((go) => setTimeout(go, wait));
      }
    }
    frame.blob = null; sending--; show(); settle(); send();
  };
  const settle = () => {
    if (!burst && !encoding && !sending && !waiting.length) changed('changed', Date.now());
  };
  const forget = (frame) => {
    frames.delete(frame.id);
    if (frame.tile) frame.tile.remove();
    if (!section(frame).querySelector('.tile')) section(frame).remove();
  };

  // the frames as tiles, the newest burst first
  const place = (frame) => Number(frame.id.split('-')[1]);
  const section = (frame) => {
    let found = [...find('.bursts').children].find((one) => one.dataset.burst === frame.burst);
    if (!found) {
      found = document.createElement('section'); found.dataset.burst = frame.burst; found.dataset.label = frame.label;
      const head = document.createElement('div'), tiles = document.createElement('div');
      head.className = 'head'; tiles.className = 'tiles';
      found.append(head, tiles);
      find('.bursts').insertBefore(found, [...find('.bursts').children].find((one) => one.dataset.burst < frame.burst) || null);
    }
    return found;
  };
  const draw = (frame) => {
    const tile = document.createElement('button'), image = document.createElement('img');
    tile.type = 'button'; tile.className = 'tile'; tile.dataset.id = frame.id;
    image.alt = ''; image.src = frame.url || data.url + '/' + frame.id; image.loading = 'lazy';
    tile.append(image);
    tile.onclick = async () => {
      if (!frame.sent) return;
      frame.dropped = !frame.dropped; show();
      try {
        const address = data.url + '/' + frame.id + '?dropped=' + frame.dropped;
        frame.asking = (frame.asking || 0) + 1;
        const answer = await fetch(address, { method: 'POST' });
        if (!answer.ok) throw new Error(await reason(answer));
      } catch (why) { frame.dropped = !frame.dropped; error.textContent = String(why.message); show(); }
      frame.asking--; settle();
    };
    frame.tile = tile;
    const tiles = section(frame).querySelector('.tiles'), after = (one) => place(frames.get(one.dataset.id)) > place(frame);
    tiles.insertBefore(tile, [...tiles.children].find(after) || null);  // one that another tab recorded comes late
  };
  const show = () => {
    const before = new Map();
    for (const one of [...find('.bursts').children].reverse()) {
      const label = one.dataset.label, nth = (before.get(label) || 0) + 1;
      const tiles = [...one.querySelectorAll('.tile')].map((tile) => frames.get(tile.dataset.id));
      before.set(label, nth);
      const name = document.createElement('b'), rest = document.createElement('span');
      name.textContent = label;
      const kept = tiles.filter((frame) => !frame.dropped).length;
      rest.textContent = ' · burst ' + nth + ' · ' + kept + (kept === 1 ? ' frame' : ' frames')
        + (tiles.length < data.few && !(burst && burst.id === one.dataset.burst) ? ': hold the button down' : '');
      one.querySelector('.head').replaceChildren(name, rest);
      tiles.forEach((frame) => {
        frame.tile.setAttribute('aria-pressed', frame.dropped);
        frame.tile.setAttribute('aria-label', label + ', burst ' + nth + ', frame ' + (place(frame) + 1) + ': leave out');
      });
    }
    const kept = [...frames.values()].filter((frame) => !frame.dropped && frame.label === data.label).length;
    const full = frames.size >= data.most;
    counter.textContent = burst ? burst.frames + ' in this burst' : kept + ' of ' + (data.label || 'no class');
    counter.hidden = !burst && !data.label;
    button.disabled = !burst && (!stream || !video.videoWidth || !data.label || full);
    button.textContent = burst ? 'Recording' : data.label ? 'Hold to record ' + data.label : 'Hold to record';
    const unsent = encoding + waiting.length + sending;
    say.textContent = full ? 'That is all this collection holds. Save it, then go on.'
      : !data.label ? 'Name a class first.'
      : unsent > 4 ? unsent + ' frames on their way'
      : 'Hold with mouse, finger or space bar, and turn the object meanwhile. The bright square is what a model sees. '
        + 'A click on a frame leaves it out, a second one brings it back.';
  };

  return {
    update(now, tell) {
      data = now; changed = tell;
      const there = new Set(data.frames.map((one) => one.id));
      for (const frame of [...frames.values()]) if (frame.seen && !there.has(frame.id)) forget(frame);  // thrown away
      for (const one of data.frames) {
        if (!frames.has(one.id)) { frames.set(one.id, { ...one, sent: true }); draw(frames.get(one.id)); }
        const frame = frames.get(one.id);
        frame.seen = true; frame.label = section(frame).dataset.label = one.label;
        if (!frame.asking) frame.dropped = one.dropped;  // undone, or clicked in another tab
      }
      stage.hidden = !data.camera;
      if (data.camera && !asked) open();
      show();
    },
    stop() { gone = true; end(); close(); document.removeEventListener('visibilitychange', end); },
  };
}

export default function (component) {
  const root = component.parentElement.querySelector('.collect');
  if (!root.recorder) root.recorder = recorder(root);
  root.recorder.update(component.data, component.setTriggerValue);
  return () => root.recorder.stop();
}
"""

_component = Component("recorder", html=HTML, css=CSS, js=REASON_JS + JS)


def record(token: str, label: str, frames: Sequence[collect.Frame], camera: bool) -> None:
    """Draw camera, record button and tiles. The page is drawn anew when a burst has come or a frame was sorted out.

    Args:
        token: The collection that the frames go to.
        label: The class of what is recorded next; "" if there is none yet.
        frames: Those that have come.
        camera: Whether the browser offers its camera here.
    """
    data = {
        "url": frames_url(token),
        "label": label,
        "frames": [{**asdict(frame), "burst": frame.burst} for frame in frames],
        "camera": camera,
        "every": EVERY_MS,
        "side": LONGER_SIDE,
        "quality": QUALITY,
        "few": collect.FEW_FRAMES,
        "most": collect.LIMITS.frames,
    }
    _component.draw(f"collect_{collect.public_name(token)}", data, on_changed_change=lambda: None)
