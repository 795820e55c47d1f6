// Draws what each peer has told over the last two minutes.
import { dashes } from './peers.js';

const SPAN_MILLIS = 120_000;
const LEFT = 72;
const TOP = 10;

// The least of 1, 2 and 5 times a power of ten that is not below the value.
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((limit) => limit >= value * 0.999);
}

function axes(context, width, bottom, limit, format) {
  for (const share of [0, 0.5, 1]) {
    const y = bottom - (bottom - TOP) * share;
    context.globalAlpha = 0.15;
    context.fillRect(LEFT, Math.round(y), width - LEFT, 1);
    context.globalAlpha = 0.7;
    context.textAlign = 'right';
    context.fillText(format(limit * share), LEFT - 8, y);
  }
  for (const [text, x, align] of [['2 min ago', LEFT, 'left'], ['1 min ago', (LEFT + width) / 2, 'center'], ['now', width, 'right']]) {
    context.textAlign = align;
    context.fillText(text, x, bottom + 16);
  }
  context.globalAlpha = 1;
}

// A measure has the value of a reading, the least that the axis shows, and how a value is written.
export function drawChart(canvas, peers, colours, { value, least, format }) {
  const scale = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext('2d');
  const style = getComputedStyle(canvas);
  const bottom = height - 24;
  const now = Date.now();
  const recent = peers.map(([peer, entries]) => [peer, entries.filter(({ at }) => now - new Date(at) <= SPAN_MILLIS)]);
  const limit = roundUp(Math.max(least, ...recent.flatMap(([, entries]) => entries.map(({ reading }) => value(reading)))));
  context.scale(scale, scale);
  context.font = '12px ' + style.fontFamily;
  context.fillStyle = style.color;
  context.textBaseline = 'middle';
  axes(context, width, bottom, limit, format);
  context.lineWidth = 2;
  context.lineJoin = 'round';
  for (const [peer, entries] of recent) {
    context.strokeStyle = colours(peer);
    context.setLineDash(dashes(peer));
    context.beginPath();
    for (const { at, reading } of entries) {
      context.lineTo(width - (width - LEFT) * (now - new Date(at)) / SPAN_MILLIS, bottom - (bottom - TOP) * value(reading) / limit);
    }
    context.stroke();
  }
}
