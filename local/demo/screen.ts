import { type Board, emptyBoard } from './board.ts';
import { conclusion, renderChanges, renderTable } from './render.ts';

export interface Screen {
  show(board: Board): void;
  /** Leaves the last state standing. */
  close(): void;
}

const SHORTEST_REDRAW_MS = 80;

/** A table redrawn in place in a terminal that is tall enough; otherwise a line for each change. */
export function openScreen(out: NodeJS.WriteStream = process.stdout, rows = 0): Screen {
  return out.isTTY && out.rows > rows + 5 ? openTable(out) : openLines(out);
}

function openTable(out: NodeJS.WriteStream): Screen {
  let height = 0;
  let latest = emptyBoard;
  let timer: NodeJS.Timeout | undefined;
  const draw = () => {
    timer = undefined;
    const lines = renderTable(latest, (out.columns || 80) - 1);
    const up = height > 0 ? `\u001b[${height}A` : '';
    out.write(`${up}\r\u001b[J${lines.join('\n')}\n`);
    height = lines.length;
  };
  return {
    show(board) {
      latest = board;
      timer ??= setTimeout(draw, SHORTEST_REDRAW_MS);
    },
    close() {
      clearTimeout(timer);
      draw();
    },
  };
}

function openLines(out: NodeJS.WriteStream): Screen {
  let shown = emptyBoard;
  return {
    show(board) {
      for (const line of renderChanges(shown, board)) out.write(`${line}\n`);
      shown = board;
    },
    close: () => void out.write(`${conclusion(shown).join('\n')}\n`),
  };
}
