/** Tells a person what is going on: one line per step, with its duration when it is done. */
export interface Progress {
  /** Runs one step under its name. `detail` shows where a long one stands (terminals only). */
  step<T>(name: string, run: (detail: (text: string) => void) => Promise<T>): Promise<T>;
  note(text: string): void;
}

const CLEAR_LINE = '\r\u001b[2K';

/** In a terminal the step's line is redrawn in place; piped, there is a line at its start and one at its end. */
export function showProgress(out: NodeJS.WriteStream = process.stderr): Progress {
  const live = out.isTTY === true;
  const draw = (text: string) =>
    out.write(live ? `${CLEAR_LINE}${text.slice(0, (out.columns || 80) - 1)}` : `${text}\n`);
  return {
    async step(name, run) {
      const startedAt = performance.now();
      const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1);
      draw(`… ${name}`);
      try {
        const result = await run((text) => live && draw(`… ${name}: ${text}`));
        out.write(`${live ? CLEAR_LINE : ''}✔ ${name} (${seconds()} s)\n`);
        return result;
      } catch (error) {
        out.write(`${live ? CLEAR_LINE : ''}✘ ${name} (${seconds()} s)\n`);
        throw error;
      }
    },
    note: (text) => void out.write(`${live ? CLEAR_LINE : ''}${text}\n`),
  };
}

/** For tests and programs that have their own output. */
export const silentProgress: Progress = {
  step: (_name, run) => run(() => {}),
  note: () => {},
};
