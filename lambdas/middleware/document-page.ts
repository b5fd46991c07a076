/** The parts of an OpenAPI document that the page shows. */
export interface ShownDocument {
  readonly info: { readonly title: string; readonly description: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: PathItems;
  readonly webhooks: PathItems;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

type PathItems = Readonly<Record<string, Readonly<Record<string, ShownOperation>>>>;

interface ShownOperation {
  readonly tags?: readonly string[];
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name?: string;
    readonly in?: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: unknown;
  }[];
  readonly requestBody?: { readonly content?: Content };
  readonly responses?: Readonly<
    Record<string, { readonly description?: string; readonly content?: Content }>
  >;
}

type Content = Readonly<Record<string, { readonly schema?: unknown; readonly example?: unknown }>>;

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code,pre{font:14px/1.4 ui-monospace,monospace}pre{overflow:auto;padding:.75rem;background:#8881;border-radius:.4rem}
details{border-top:1px solid #8884;padding:.4rem 0}summary{cursor:pointer}summary b{display:inline-block;min-width:4.5rem}
table{border-collapse:collapse}td{padding:.2rem .8rem .2rem 0;vertical-align:top}nav a{margin-right:1rem}`;

/** The document as one page for people: no script, and nothing from elsewhere. */
export function renderPage(document: ShownDocument): string {
  const { info, tags, components } = document;
  const calls = [...entriesOf(document.paths, 'call'), ...entriesOf(document.webhooks, 'webhook')];
  const sections = tags.map(({ name }) => {
    const own = calls.filter(({ operation }) => operation.tags?.includes(name));
    return `<h2 id="${anchor(name)}">${escapeHtml(name)}</h2>${own.map(renderCall).join('')}`;
  });
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<details id="schema-${anchor(name)}"><summary><code>${escapeHtml(name)}</code></summary>${renderJson(schema)}</details>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(info.title)} API</title><style>${STYLE}</style><h1>${escapeHtml(info.title)} API</h1>
${renderText(info.description)}<p>For programs: <a href="openapi.json">openapi.json</a></p>
<nav>${tags.map(({ name }) => `<a href="#${anchor(name)}">${escapeHtml(name)}</a>`).join(' ')}</nav>
${sections.join('\n')}<h2 id="schemas">Schemas</h2>${schemas.join('\n')}</html>`;
}

interface Call {
  readonly title: string;
  readonly operation: ShownOperation;
}

function entriesOf(items: PathItems, kind: 'call' | 'webhook'): Call[] {
  return Object.entries(items).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      title: `<b>${kind === 'call' ? method.toUpperCase() : 'sends'}</b> <code>${escapeHtml(path)}</code>`,
      operation,
    })),
  );
}

function renderCall({ title, operation }: Call): string {
  const {
    operationId,
    summary = '',
    description = '',
    parameters = [],
    requestBody,
    responses = {},
  } = operation;
  const rows = parameters.map(
    ({ name = '', in: place = '', required, description = '', schema }) =>
      `<tr><td><code>${escapeHtml(name)}</code><td>${place}${required ? ', required' : ''}<td>${inline(description)}<td><code>${escapeHtml(JSON.stringify(schema))}</code>`,
  );
  const answers = Object.entries(responses).map(
    ([status, answer]) =>
      `<p><b>${status}</b> ${inline(answer.description ?? problemName(answer))}</p>${renderContent(answer.content)}`,
  );
  return `<details${operationId ? ` id="${operationId}"` : ''}><summary>${title} ${inline(summary)}</summary>
${renderText(description)}${rows.length > 0 ? `<table>${rows.join('')}</table>` : ''}
${requestBody ? `<p><b>Body</b></p>${renderContent(requestBody.content)}` : ''}${answers.join('')}</details>`;
}

function problemName(answer: object): string {
  return '$ref' in answer ? 'A refusal: see Problem.' : '';
}

function renderContent(content: Content = {}): string {
  return Object.values(content)
    .map(
      ({ schema, example }) =>
        renderJson(schema) + (example ? `<p>For example</p>${renderJson(example)}` : ''),
    )
    .join('');
}

/** A schema as it stands, its references as links. */
function renderJson(value: unknown): string {
  const text = escapeHtml(JSON.stringify(value, null, 2) ?? '');
  return `<pre>${text.replace(/#\/components\/schemas\/(\w+)/g, (_, name: string) => `<a href="#schema-${anchor(name)}">${name}</a>`)}</pre>`;
}

function renderText(markdown: string): string {
  return markdown
    .split('\n\n')
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => `<p>${inline(paragraph)}</p>`)
    .join('');
}

/** The little of CommonMark that our descriptions use. */
function inline(markdown: string): string {
  return escapeHtml(markdown)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<b>$1</b>');
}

function anchor(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
