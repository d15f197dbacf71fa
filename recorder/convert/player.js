"use strict";
// Plays the film that lies packed in this page. Recorded text is only ever put into text nodes.
(() => {
  const BOLD = 1, DIM = 2, ITALIC = 4, UNDERLINE = 8, STRIKE = 128, OVERLINE = 256;
  const LONGEST_PAUSE = 2000000;
  const AT = 0, NUMBER = 1, EVENT = 2, STABLE = 3, COLS = 4, ROWS = 5, X = 6, Y = 7, TITLE = 8, CHANGES = 9;
  const part = (id) => document.getElementById(id);
  const screen = part("screen"), cursor = part("cursor"), seekBar = part("seek");
  let film, time = 0, at = -1, playing = false, before = 0;
  let lines = [], shown = [], size = [0, 0];

  async function unpack(text) {
    const bytes = Uint8Array.from(atob(text.trim()), (char) => char.charCodeAt(0));
    const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(plain).text());
  }

  // The last frame at or before a time; -1 where there is none.
  function frameAt(wanted) {
    let low = 0, high = film.frames.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (film.frames[middle][AT] <= wanted) low = middle + 1; else high = middle;
    }
    return low - 1;
  }

  // The rows of a frame, from the nearest one before it that names all of its own.
  function rowsOf(number) {
    let first = number;
    while (first >= 0 && !film.frames[first][COLS]) first--;
    if (first < 0) return { cols: film.cols, rows: new Array(film.lines).fill(0) };
    const cols = film.frames[first][COLS];
    const rows = new Array(film.frames[first][ROWS]).fill(0);
    for (let step = first; step <= number; step++) {
      const changes = film.frames[step][CHANGES];
      for (let i = 0; i < changes.length; i += 2) rows[changes[i]] = changes[i + 1];
    }
    return { cols, rows };
  }

  function draw(line, row) {
    const made = row.map(([x, columns, text, style]) => {
      const [fg, bg, look] = film.styles[style];
      const span = document.createElement("span");
      span.textContent = text;
      span.style.left = `${x}ch`;
      span.style.width = `${columns}ch`;
      span.style.color = fg;
      if (bg) span.style.backgroundColor = bg;
      if (look & BOLD) span.style.fontWeight = "bold";
      if (look & ITALIC) span.style.fontStyle = "italic";
      if (look & DIM) span.style.opacity = "0.6";
      const drawn = [[UNDERLINE, "underline"], [STRIKE, "line-through"], [OVERLINE, "overline"]];
      const kinds = drawn.filter(([flag]) => look & flag).map(([, kind]) => kind);
      if (kinds.length) span.style.textDecorationLine = kinds.join(" ");
      return span;
    });
    line.replaceChildren(...made);
  }

  function show(number) {
    const { cols, rows } = rowsOf(number);
    if (size[0] !== cols || size[1] !== rows.length) {
      size = [cols, rows.length];
      lines = rows.map(() => {
        const line = document.createElement("div");
        line.className = "row";
        return line;
      });
      shown = [];
      screen.style.width = `${cols}ch`;
      screen.replaceChildren(...lines, cursor);
    }
    rows.forEach((row, y) => {
      if (shown[y] !== row) draw(lines[y], film.rows[row]);
    });
    shown = rows;
    const frame = number < 0 ? null : film.frames[number];
    cursor.hidden = frame === null || frame[X] < 0;
    if (!cursor.hidden) {
      cursor.style.left = `${frame[X]}ch`;
      cursor.style.top = `${frame[Y] * 1.25}em`;
    }
    part("window").textContent = frame === null ? "" : film.titles[frame[TITLE]];
    at = number;
  }

  function clock(micros) {
    const millis = Math.floor(micros / 1000);
    const two = (value) => String(value).padStart(2, "0");
    const seconds = Math.floor(millis / 1000);
    const hours = two(Math.floor(seconds / 3600)), minutes = two(Math.floor(seconds / 60) % 60);
    return `+${hours}:${minutes}:${two(seconds % 60)}.${String(millis % 1000).padStart(3, "0")}`;
  }

  function tell() {
    const frame = at < 0 ? null : film.frames[at];
    const where = frame === null ? "" : `  #f${frame[NUMBER]}  #e${frame[EVENT]}`;
    const wall = film.wall === null ? "" : "  " + new Date(film.wall + time / 1000).toISOString();
    part("clock").textContent = `${clock(time)} / ${clock(film.end)}${where}${wall}`;
    seekBar.value = String(time);
    part("play").textContent = playing ? "Pause" : "Play";
    document.body.dataset.state = playing ? "playing" : "paused";
  }

  function seek(wanted) {
    time = Math.min(Math.max(wanted, film.start), film.end);
    const number = frameAt(time);
    if (number !== at) show(number);
    tell();
  }

  function tick(now) {
    if (!playing) return;
    let wanted = time + (now - before) * 1000 * Number(part("speed").value);
    before = now;
    const next = film.frames[at + 1];
    const last = at < 0 ? film.start : film.frames[at][AT];
    if (part("idle").checked && wanted > last + LONGEST_PAUSE) {
      wanted = Math.max(wanted, next ? next[AT] : film.end);
    }
    if (wanted >= film.end) playing = false;
    seek(wanted);
    if (playing) requestAnimationFrame(tick);
  }

  function play(on) {
    playing = on;
    if (playing) {
      if (time >= film.end) seek(film.start);
      before = performance.now();
      requestAnimationFrame(tick);
    }
    tell();
  }

  // The next frame in a direction; with `stable`, the next that could be read.
  function step(direction, stable) {
    play(false);
    let number = at + direction;
    while (stable && film.frames[number] && !film.frames[number][STABLE]) number += direction;
    if (film.frames[number]) {
      time = film.frames[number][AT];
      show(number);
    } else if (direction < 0) {
      time = film.start;
      show(frameAt(film.start - 1));
    }
    tell();
  }

  const keys = {
    " ": () => play(!playing),
    ",": () => step(-1, false),
    ".": () => step(1, false),
    "<": () => step(-1, true),
    ">": () => step(1, true),
    ArrowLeft: () => seek(time - 5000000),
    ArrowRight: () => seek(time + 5000000),
    Home: () => seek(film.start),
    End: () => seek(film.end),
  };

  function press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target instanceof HTMLSelectElement) return;
    if (event.key === " " && event.target instanceof HTMLButtonElement) return;
    const tenth = /^[0-9]$/.test(event.key) ? Number(event.key) : null;
    if (tenth !== null) seek(film.start + ((film.end - film.start) * tenth) / 10);
    else if (Object.hasOwn(keys, event.key)) keys[event.key]();
    else return;
    event.preventDefault();
  }

  async function begin() {
    try {
      film = await unpack(part("recording").textContent);
    } catch {
      document.body.dataset.state = "failed";
      part("clock").textContent = "This browser cannot unpack the recording: it needs a newer one.";
      return;
    }
    seekBar.min = String(film.start);
    seekBar.max = String(film.end);
    seekBar.addEventListener("input", () => seek(Number(seekBar.value)));
    part("play").addEventListener("click", () => play(!playing));
    part("back").addEventListener("click", () => step(-1, false));
    part("forward").addEventListener("click", () => step(1, false));
    document.addEventListener("keydown", press);
    show(-1);
    seek(film.start);
  }

  begin();
})();
