// A map of up to some hundred thousand points: pan, zoom, lasso, hover. Draws on a canvas; nothing of it is markup.
const PASSED_OVER = 254, NEAR_PX = 12, CLICK_PX = 4, CELLS = 128, MOST_CORNERS = 250, MANY = 20000;

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

const short = (name) => (name.length > 24 ? '…' + name.slice(-23) : name);  // nested classes differ at their end

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  if (tag === 'button') element.type = 'button';
  return element;
}

class PointMap {
  constructor(root) {
    this.box = make('div', 'map');
    this.stage = make('div', 'stage');
    this.canvas = make('canvas');
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute('role', 'application');
    this.tip = make('div', 'tip');
    this.tip.hidden = true;
    this.tipImage = make('img');
    this.tipImage.alt = '';
    this.tipImage.onload = () => { this.tipImage.className = this.tipImage.naturalWidth < 64 ? 'pixels' : ''; };
    this.tipText = make('div');
    this.tip.append(this.tipImage, this.tipText);
    this.bar = make('div', 'bar');
    this.legend = make('div', 'legend');
    this.stage.append(this.canvas, this.tip);
    this.box.append(this.bar, this.stage, this.legend);
    root.append(this.box);
    this.mode = 'lasso';
    this.alone = null;  // the group that is looked at alone
    this.path = null;  // the lasso while it is drawn
    this.pointers = new Map();
    this.makeBar();
    this.listen();
  }

  // ---- what comes from Python

  take(component) {
    const { data } = component;
    this.trigger = component.setTriggerValue;
    this.data = data;
    if (data.points !== this.pointsText) {
      this.pointsText = data.points;
      this.xy = new Uint16Array(bytes(data.points).buffer);
      this.count = this.xy.length / 2;
      this.makeCells();
      this.fit();
    }
    if (data.codes !== this.codesText) {
      this.codesText = data.codes;
      this.codes = bytes(data.codes);
      this.sortByGroup();
    }
    if (data.kinds !== this.kindsText) {
      this.kindsText = data.kinds;
      this.kinds = new Uint16Array(bytes(data.kinds).buffer);
    }
    if (this.coloured !== data.coloured) this.alone = null;
    this.coloured = data.coloured;
    this.lasso = data.lasso;
    this.canvas.setAttribute('aria-label', data.alt);
    this.mark();
    this.makeLegend();
    this.resize();
  }

  sortByGroup() {
    const starts = new Uint32Array(257);
    for (const code of this.codes) starts[code + 1]++;
    for (let code = 0; code < 256; code++) starts[code + 1] += starts[code];
    this.starts = starts;
    this.order = new Uint32Array(this.count);
    const next = starts.slice();
    for (let i = 0; i < this.count; i++) this.order[next[this.codes[i]]++] = i;
  }

  makeCells() {  // points by cell of a grid, for the nearest to the pointer
    const starts = new Uint32Array(CELLS * CELLS + 1);
    const cell = (i) => (this.xy[2 * i + 1] * CELLS >> 16) * CELLS + (this.xy[2 * i] * CELLS >> 16);
    for (let i = 0; i < this.count; i++) starts[cell(i) + 1]++;
    for (let c = 0; c < CELLS * CELLS; c++) starts[c + 1] += starts[c];
    const next = starts.slice();
    this.cells = new Uint32Array(this.count);
    for (let i = 0; i < this.count; i++) this.cells[next[cell(i)]++] = i;
    this.cellStarts = starts;
  }

  mark() {  // which points the lasso holds, by the even-odd rule, as Python selects them
    const polygon = this.lasso;
    this.marked = null;
    if (!polygon) return;
    this.marked = new Uint8Array(this.count);
    for (let i = 0; i < this.count; i++) {
      const x = this.xy[2 * i] / 65535, y = this.xy[2 * i + 1] / 65535;
      let inside = false;
      for (let a = 0, b = polygon.length - 1; a < polygon.length; b = a++) {
        const [ax, ay] = polygon[a], [bx, by] = polygon[b];
        if ((ay > y) !== (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax) inside = !inside;
      }
      this.marked[i] = inside;
    }
  }

  // ---- the view: a point (x, y) of the unit square, y upwards, is at (px, py) of the canvas

  fit() { this.view = { x: 0.5, y: 0.5, zoom: 1 }; }
  get scale() { return Math.min(this.width, this.height) * 0.94 * this.view.zoom; }
  px(x) { return this.width / 2 + (x - this.view.x) * this.scale; }
  py(y) { return this.height / 2 - (y - this.view.y) * this.scale; }
  unit(px, py) {
    return [this.view.x + (px - this.width / 2) / this.scale, this.view.y - (py - this.height / 2) / this.scale];
  }

  zoomBy(factor, px = this.width / 2, py = this.height / 2) {
    const [x, y] = this.unit(px, py);
    this.view.zoom = Math.min(Math.max(this.view.zoom * factor, 0.5), 400);
    const [x2, y2] = this.unit(px, py);
    this.view.x += x - x2;
    this.view.y += y - y2;
    this.redraw();
  }

  panBy(dx, dy) {
    this.view.x -= dx / this.scale;
    this.view.y += dy / this.scale;
    this.redraw();
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    this.stage.style.height = Math.min(this.data.height, this.box.clientWidth) + 'px';
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    const [wide, high] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      this.canvas.width = wide;
      this.canvas.height = high;
    }
    this.redraw();
  }

  // ---- drawing

  redraw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => { this.frame = null; this.draw(); });
  }

  draw() {
    if (!this.width || !this.data) return;
    const context = this.canvas.getContext('2d'), ratio = window.devicePixelRatio || 1;
    const style = getComputedStyle(this.box);
    const ground = style.getPropertyValue('--st-background-color'), ink = style.getPropertyValue('--st-text-color');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    const groups = this.data.groups, marked = this.marked;
    const each = this.count > MANY ? this.pixels(context, ground) : this.dots(context);
    each.draw(PASSED_OVER, ink, 0.08, null, 1);
    for (const [alpha, faint] of [[0.16, true], [0.85, false]]) {
      for (let g = groups.length - 1; g >= 0; g--) {  // the last holds the rest, which lies beneath
        const away = this.alone !== null && this.alone !== g;
        if (away && !faint) continue;
        each.draw(g, groups[g].colour, alpha, away ? null : marked, faint ? 0 : 1, faint && !away && !marked);
      }
    }
    each.end();
    context.globalAlpha = 1;
    this.outline(context, this.path || this.lasso, style.getPropertyValue('--st-primary-color'));
    this.names(context, ground, ink);
    this.canvas.dataset.drawn = this.count;
  }

  // What draws the points of one group: those whose mark is `wanted`, all of them without marks, none if `skip`.

  get radius() {
    return (this.count < 1000 ? 4 : this.count < 5000 ? 3 : this.count < MANY ? 2.2 : 1.2)
      * Math.min(Math.max(this.view.zoom, 1) ** 0.3, 3);
  }

  dots(context) {
    const { width, height, scale, xy, order, view, radius } = this;
    return {
      end: () => {},
      draw: (code, colour, alpha, marks, wanted, skip) => {
        context.fillStyle = colour;
        context.globalAlpha = alpha;
        for (let at = this.starts[code]; at < this.starts[code + 1] && !skip; at++) {
          const i = order[at];
          if (marks && marks[i] !== wanted) continue;
          const px = width / 2 + (xy[2 * i] / 65535 - view.x) * scale;
          const py = height / 2 - (xy[2 * i + 1] / 65535 - view.y) * scale;
          if (px < -9 || py < -9 || px > width + 9 || py > height + 9) continue;
          context.beginPath();
          context.arc(px, py, radius, 0, 7);
          context.fill();
        }
      },
    };
  }

  pixels(context, ground) {  // ten times as fast as the canvas's own shapes
    const ratio = window.devicePixelRatio || 1, { width: wide, height: high } = this.canvas;
    const image = context.createImageData(wide, high), out = new Uint32Array(image.data.buffer);
    const side = Math.max(Math.round(2 * this.radius * ratio), 1), { xy, order } = this;
    const step = this.scale * ratio / 65535;
    const left = wide / 2 - this.view.x * 65535 * step - side / 2, top = high / 2 + this.view.y * 65535 * step - side / 2;
    const parts = (colour) => {
      context.fillStyle = colour;
      return [1, 3, 5].map((at) => parseInt(context.fillStyle.slice(at, at + 2), 16));
    };
    const behind = parts(ground);
    return {
      end: () => context.putImageData(image, 0, 0),
      draw: (code, colour, alpha, marks, wanted, skip) => {
        const [r, g, b] = parts(colour).map((part, n) => Math.round(part * alpha + behind[n] * (1 - alpha)));
        const value = (255 << 24 | b << 16 | g << 8 | r) >>> 0;
        for (let at = this.starts[code]; at < this.starts[code + 1] && !skip; at++) {
          const i = order[at];
          if (marks && marks[i] !== wanted) continue;
          const px = Math.round(left + xy[2 * i] * step), py = Math.round(top - xy[2 * i + 1] * step);
          if (px < 0 || py < 0 || px + side > wide || py + side > high) continue;
          for (let y = py; y < py + side; y++) out.fill(value, y * wide + px, y * wide + px + side);
        }
      },
    };
  }

  outline(context, polygon, colour) {
    if (!polygon || polygon.length < 2) return;
    context.beginPath();
    polygon.forEach(([x, y], n) => (n ? context.lineTo(this.px(x), this.py(y)) : context.moveTo(this.px(x), this.py(y))));
    context.closePath();
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = 1.5;
    context.globalAlpha = 0.08;
    context.fill();
    context.globalAlpha = 1;
    context.setLineDash([5, 4]);
    context.stroke();
    context.setLineDash([]);
  }

  names(context, ground, ink) {
    context.font = '600 12.5px ' + getComputedStyle(this.box).fontFamily;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.lineJoin = 'round';
    const taken = [];
    this.data.groups.forEach((group, g) => {
      if (!group.at || (this.alone !== null && this.alone !== g)) return;
      const name = short(group.name);
      const half = context.measureText(name).width / 2 + 3;
      const px = Math.min(Math.max(this.px(group.at[0]), half), this.width - half), py = this.py(group.at[1]) - 11;
      if (px < 0 || px > this.width || py < 10 || py > this.height - 10) return;
      if (taken.some(([x, y, h]) => Math.abs(x - px) < h + half && Math.abs(y - py) < 15)) return;
      taken.push([px, py, half]);
      context.lineWidth = 4;
      context.strokeStyle = ground;
      context.strokeText(name, px, py);
      context.fillStyle = ink;
      context.fillText(name, px, py);
    });
  }

  // ---- beside the canvas

  makeBar() {
    const button = (text, title, act) => {
      const made = make('button', '', text);
      made.title = title;
      made.onclick = act;
      this.bar.append(made);
      return made;
    };
    const mode = (name) => () => { this.mode = name; this.showMode(); };
    this.modes = {
      lasso: button('Lasso', 'Draw around points to see their images', mode('lasso')),
      move: button('Move', 'Drag the map', mode('move')),
    };
    button('+', 'Zoom in', () => this.zoomBy(1.5)).setAttribute('aria-label', 'Zoom in');
    button('−', 'Zoom out', () => this.zoomBy(1 / 1.5)).setAttribute('aria-label', 'Zoom out');
    button('Fit', 'Show the whole map', () => { this.fit(); this.redraw(); });
    button('Select view', 'Select every image that is in view', () => this.selectView());
    this.clear = button('Clear', 'Select nothing', () => this.select(null));
    this.showMode();
  }

  showMode() {
    for (const [name, button] of Object.entries(this.modes)) button.setAttribute('aria-pressed', name === this.mode);
    this.canvas.className = this.mode;
  }

  makeLegend() {
    this.clear.disabled = !this.lasso;
    this.legend.replaceChildren(...this.data.groups.map((group, g) => {
      const entry = make('button');
      const swatch = make('span', 'swatch');
      swatch.style.background = group.colour;
      entry.append(swatch, make('span', 'what', short(group.name)), make('span', 'number', group.count.toLocaleString('en')));
      entry.setAttribute('aria-pressed', this.alone === g);
      entry.title = 'Show ' + group.name + ' alone';
      entry.onclick = () => { this.alone = this.alone === g ? null : g; this.makeLegend(); this.redraw(); };
      return entry;
    }));
  }

  // ---- choosing

  select(polygon) {
    if (polygon && polygon.length > MOST_CORNERS) {
      const step = polygon.length / MOST_CORNERS;
      polygon = Array.from({ length: MOST_CORNERS }, (_, n) => polygon[Math.floor(n * step)]);
    }
    polygon = polygon && polygon.map(([x, y]) => [+x.toFixed(5), +y.toFixed(5)]);
    this.lasso = polygon;
    this.mark();
    this.makeLegend();
    this.redraw();
    this.trigger('lasso', { polygon });
  }

  selectView() {
    const { width, height } = this;
    this.select([[0, 0], [width, 0], [width, height], [0, height]].map(([px, py]) => this.unit(px, py)));
  }

  nearest(px, py) {
    const [x, y] = this.unit(px, py), reach = NEAR_PX / this.scale;
    const cell = (value) => Math.min(Math.max(Math.floor(value * CELLS), 0), CELLS - 1);
    let best = null, least = reach * reach;
    for (let row = cell(y - reach); row <= cell(y + reach); row++) {
      for (let column = cell(x - reach); column <= cell(x + reach); column++) {
        const at = row * CELLS + column;
        for (let n = this.cellStarts[at]; n < this.cellStarts[at + 1]; n++) {
          const i = this.cells[n];
          if (this.codes[i] >= PASSED_OVER) continue;
          const far = (this.xy[2 * i] / 65535 - x) ** 2 + (this.xy[2 * i + 1] / 65535 - y) ** 2;
          if (far < least) [best, least] = [i, far];
        }
      }
    }
    return best;
  }

  hover(px, py) {
    const i = this.nearest(px, py);
    if (i === this.hovered && i !== null) return;
    this.hovered = i;
    this.tip.hidden = i === null;
    this.canvas.style.cursor = i === null ? '' : 'pointer';
    if (i === null) return;
    const { classes, splits, pictures } = this.data;
    this.tipImage.src = pictures + i;
    this.tipText.textContent = classes[Math.floor(this.kinds[i] / 3)] + ' · ' + splits[this.kinds[i] % 3];
    const x = this.px(this.xy[2 * i] / 65535), y = this.py(this.xy[2 * i + 1] / 65535);
    this.tip.style.left = Math.min(Math.max(x + 14, 0), Math.max(this.width - 136, 0)) + 'px';
    this.tip.style.top = (y + 170 > this.height ? Math.max(y - 164, 0) : y + 14) + 'px';
  }

  // ---- pointer and keys

  listen() {
    const { canvas, pointers } = this;
    const place = (event) => {
      const edge = canvas.getBoundingClientRect();
      return [event.clientX - edge.left, event.clientY - edge.top];
    };
    canvas.onpointerdown = (event) => {
      if (event.button) return;
      canvas.setPointerCapture(event.pointerId);
      const at = place(event);
      pointers.set(event.pointerId, at);
      this.began = at;
      this.tip.hidden = true;
      this.path = this.mode === 'lasso' && !event.shiftKey && pointers.size === 1 ? [this.unit(...at)] : null;
    };
    canvas.onpointermove = (event) => {
      const at = place(event), before = pointers.get(event.pointerId);
      if (!before) return this.hover(...at);
      if (pointers.size === 2) {  // two fingers: the distance between them zooms
        const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, where]) => where);
        const far = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
        this.zoomBy(far(at, other) / Math.max(far(before, other), 1), (at[0] + other[0]) / 2, (at[1] + other[1]) / 2);
        this.path = null;
      } else if (this.path) {
        const [x, y] = this.path.at(-1);
        if (Math.hypot(this.px(x) - at[0], this.py(y) - at[1]) > 2) this.path.push(this.unit(...at));
        this.redraw();
      } else this.panBy(at[0] - before[0], at[1] - before[1]);
      pointers.set(event.pointerId, at);
    };
    canvas.onpointerup = canvas.onpointercancel = (event) => {
      if (!pointers.delete(event.pointerId)) return;
      const at = place(event), path = this.path;
      this.path = null;
      if (event.type === 'pointerup' && Math.hypot(at[0] - this.began[0], at[1] - this.began[1]) < CLICK_PX
        && (!path || path.length < 4)) {
        const i = this.nearest(...at);
        if (i !== null) this.trigger('clicked', String(i));
      } else if (path && path.length > 2) this.select(path);
      this.redraw();
    };
    canvas.onpointerleave = () => { this.tip.hidden = true; this.hovered = null; };
    canvas.addEventListener('wheel', (event) => {  // a page that is scrolled past must go on scrolling
      if (!event.ctrlKey && this.box.getRootNode().activeElement !== canvas) return;
      event.preventDefault();
      this.zoomBy(Math.exp(-event.deltaY / 400), ...place(event));
    }, { passive: false });
    canvas.onkeydown = (event) => {
      const acts = {
        ArrowLeft: () => this.panBy(40, 0), ArrowRight: () => this.panBy(-40, 0),
        ArrowUp: () => this.panBy(0, 40), ArrowDown: () => this.panBy(0, -40),
        '+': () => this.zoomBy(1.3), '=': () => this.zoomBy(1.3), '-': () => this.zoomBy(1 / 1.3),
        0: () => { this.fit(); this.redraw(); }, Enter: () => this.selectView(), Escape: () => this.select(null),
      };
      if (event.ctrlKey || event.metaKey || event.altKey || !acts[event.key]) return;
      event.preventDefault();
      event.stopPropagation();
      acts[event.key]();
    };
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(this.stage);
  }
}

const maps = new WeakMap();

export default function (component) {
  const root = component.parentElement;
  if (!maps.has(root)) maps.set(root, new PointMap(root));
  maps.get(root).take(component);
}
