import { PosthornError } from '../../core/errors.ts';

/**
 * Does work whose refusals name our own settings, and lets them name what a guide's caller sent instead.
 * @param names our path to the guide's, e.g. `{ url: 'settings.webhookUrl' }`
 */
export async function inGuideWords<Result>(
  names: Readonly<Record<string, string>>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PosthornError) || error.faults.length === 0) throw error;
    const faults = error.faults.map(({ path, message }) => {
      const renamed = rename(names, path);
      return {
        path: renamed,
        message: message.startsWith(path) ? renamed + message.slice(path.length) : message,
      };
    });
    const text = faults.map(({ message }) => message.replace(/\.?$/, '.')).join(' ');
    throw new PosthornError(error.code, text, faults, { cause: error });
  }
}

function rename(names: Readonly<Record<string, string>>, path: string): string {
  const first = /^[^.[]*/.exec(path)?.[0] ?? '';
  return (names[first] ?? first) + path.slice(first.length);
}
