// Plays cases through xterm.js (headless) and prints what each shows: one JSON case per line in,
// one JSON list of snapshots per line out. The form of a snapshot is told in snapshots.py.
// Run by regenerate.py, which installs the packages; the folder they are in is the first argument.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const load = createRequire(process.argv[2] + '/');
const { Terminal } = load('@xterm/headless');
const { Unicode11Addon } = load('@xterm/addon-unicode11');

const FLAGS = [
  ['isBold', 1], ['isDim', 2], ['isItalic', 4], ['isUnderline', 8], ['isBlink', 16],
  ['isInverse', 32], ['isInvisible', 64], ['isStrikethrough', 128], ['isOverline', 256],
];
const STYLES = { 2: 512, 3: 1024, 4: 2048, 5: 4096 };

function color(cell, ground) {
  if (cell[`is${ground}Default`]()) return null;
  const value = cell[`get${ground}Color`]();
  return cell[`is${ground}RGB`]() ? [value >> 16 & 255, value >> 8 & 255, value & 255] : value;
}

function look(cell) {
  let flags = 0;
  for (const [name, bit] of FLAGS) if (cell[name]()) flags |= bit;
  if (flags & 8) flags |= STYLES[cell.getUnderlineStyle()] ?? 0;
  return [color(cell, 'Fg'), color(cell, 'Bg'), flags];
}

function row(line, cols) {
  const cells = [];
  const runs = [];
  let seen = '';
  for (let x = 0; x < cols; x++) {
    const cell = line.getCell(x);
    const pen = look(cell);
    const key = JSON.stringify(pen);
    if (key === seen) runs[runs.length - 1][0]++;
    else runs.push([1, ...pen]);
    seen = key;
    const half = x > 0 && line.getCell(x - 1).getWidth() === 2 && cell.getWidth() === 0;
    const cut = cell.getWidth() === 2 && x === cols - 1;
    cells.push(half ? '\x7f' : cut ? ' ' : cell.getChars() || ' ');
  }
  const last = runs[runs.length - 1];
  if (last[1] === null && last[2] === null && last[3] === 0) runs.pop();
  const single = cells.every((cell) => [...cell].length === 1);
  return [cells.join(single ? '' : '\x1f').replace(/[ \x1f]+$/, ''), runs];
}

function snapshot(term, title) {
  const buffer = term.buffer.active;
  const rows = [];
  for (let y = 0; y < term.rows; y++) rows.push(row(buffer.getLine(buffer.baseY + y), term.cols));
  return {
    rows,
    cursor: [
      Math.min(buffer.cursorX, term.cols - 1), buffer.cursorY,
      !term._core.coreService.isCursorHidden,
    ],
    alternate: buffer.type === 'alternate',
    title,
  };
}

function play(given) {
  const term = new Terminal({
    allowProposedApi: true, cols: given.cols, rows: given.rows,
    // Off unless asked for; xterm and tmux keep a stack of titles.
    windowOptions: { pushTitle: true, popTitle: true },
  });
  term.loadAddon(new Unicode11Addon());
  term.unicode.activeVersion = '11';
  // A recording is shown on the grid that it was made on: rows are not reflowed.
  const buffer = Object.getPrototypeOf(term._core._bufferService.buffers.normal);
  Object.defineProperty(buffer, '_isReflowEnabled', { get: () => false, configurable: true });
  let title = '';
  term.onTitleChange((now) => { title = now; });
  const shown = [];
  for (const [what, ...rest] of given.steps) {
    if (what === 'feed') {
      // xterm.js itself fails on a few sequences: such a case has no expected result.
      try { term._core.writeSync(Buffer.from(rest[0], 'latin1')); } catch { return null; }
    } else if (what === 'resize') term.resize(rest[0], rest[1]);
    else shown.push(snapshot(term, title));
  }
  term.dispose();
  return shown;
}

for await (const line of createInterface({ input: process.stdin })) {
  const shown = play(JSON.parse(line));
  if (!process.stdout.write(JSON.stringify(shown) + '\n')) {
    await new Promise((done) => process.stdout.once('drain', done));
  }
}
