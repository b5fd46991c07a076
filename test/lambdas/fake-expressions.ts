import type { Input } from './fake-aws.ts';

/** The parts of a DynamoDB call that say what to change, and when. */
export interface Expressions {
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, Input>>;
}

/** Whether a condition holds for an item; one that is not there has no attributes. */
export function holds(condition: string | undefined, item: Input, call: Expressions): boolean {
  return condition === undefined || new Reader(condition, item ?? {}, call).condition();
}

/** An item as an update leaves it: SET, REMOVE and ADD. */
export function applyUpdate(item: Input, call: Expressions): Input {
  const changed = structuredClone(item);
  const clauses = (call.UpdateExpression ?? '').split(/\b(SET|REMOVE|ADD)\b/).slice(1);
  for (let i = 0; i < clauses.length; i += 2) {
    for (const part of (clauses[i + 1] ?? '').split(/,(?![^(]*\))/)) {
      new Reader(part, item, call).change(clauses[i] as string, changed);
    }
  }
  return changed;
}

/** Reads one expression from left to right. */
class Reader {
  readonly #tokens: string[];
  readonly #item: Input;
  readonly #call: Expressions;

  constructor(text: string, item: Input, call: Expressions) {
    this.#tokens = text.match(/<=|>=|<>|[=<>(),+-]|[#:\w.]+/g) ?? [];
    this.#item = item;
    this.#call = call;
  }

  condition(): boolean {
    let result = this.#all();
    while (this.#accept('OR')) {
      const other = this.#all();
      result ||= other;
    }
    return result;
  }

  change(clause: string, into: Input): void {
    const path = this.#path(this.#next());
    if (clause === 'REMOVE') {
      write(into, path, undefined);
    } else if (clause === 'ADD') {
      const sum = Number(read(this.#item, path)?.N ?? 0) + Number(this.#operand().N);
      write(into, path, { N: String(sum) });
    } else {
      this.#expect('=');
      write(into, path, this.#sum());
    }
  }

  #all(): boolean {
    let result = this.#one();
    while (this.#accept('AND')) {
      const other = this.#one();
      result &&= other;
    }
    return result;
  }

  #one(): boolean {
    if (this.#accept('(')) {
      const result = this.condition();
      this.#expect(')');
      return result;
    }
    if (/^attribute_(not_)?exists$/.test(this.#tokens[0] ?? '')) {
      const wanted = this.#next() === 'attribute_exists';
      const found = this.#argument((path) => read(this.#item, path)) !== undefined;
      return found === wanted;
    }
    const left = this.#operand();
    const operator = this.#next();
    if (operator === 'BETWEEN') {
      const low = this.#operand();
      this.#expect('AND');
      return compare(left, '>=', low) && compare(left, '<=', this.#operand());
    }
    return compare(left, operator, this.#operand());
  }

  #sum(): Input {
    const value = this.#operand();
    if (!this.#accept('+')) return value;
    return { N: String(Number(value.N) + Number(this.#operand().N)) };
  }

  #operand(): Input {
    const token = this.#next();
    if (token.startsWith(':')) return this.#call.ExpressionAttributeValues?.[token];
    if (token === 'size') {
      return { N: String(Object.keys(this.#argument((path) => read(this.#item, path))?.M ?? {}).length) };
    }
    if (token === 'list_append') {
      this.#expect('(');
      const list = this.#operand();
      this.#expect(',');
      const more = this.#operand();
      this.#expect(')');
      return { L: [...list.L, ...more.L] };
    }
    if (token === 'if_not_exists') {
      this.#expect('(');
      const found = read(this.#item, this.#path(this.#next()));
      this.#expect(',');
      const fallback = this.#operand();
      this.#expect(')');
      return found ?? fallback;
    }
    return read(this.#item, this.#path(token));
  }

  #argument<Result>(use: (path: string[]) => Result): Result {
    this.#expect('(');
    const result = use(this.#path(this.#next()));
    this.#expect(')');
    return result;
  }

  #path(token: string): string[] {
    return token.split('.').map((name) => this.#call.ExpressionAttributeNames?.[name] ?? name);
  }

  #next(): string {
    const token = this.#tokens.shift();
    if (token === undefined) throw new Error('The expression ends too early.');
    return token;
  }

  #accept(token: string): boolean {
    if (this.#tokens[0] !== token) return false;
    this.#tokens.shift();
    return true;
  }

  #expect(token: string): void {
    if (!this.#accept(token)) throw new Error(`Expected ${token} before ${this.#tokens.join(' ')}.`);
  }
}

function compare(left: Input, operator: string, right: Input): boolean {
  if (left === undefined || right === undefined) return false;
  const [a, b] = [left, right].map(({ N, S, BOOL, L }) =>
    N === undefined ? (S ?? BOOL ?? JSON.stringify(L)) : Number(N),
  );
  switch (operator) {
    case '=':
      return a === b;
    case '<>':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    default:
      throw new Error(`No such comparison here: ${operator}`);
  }
}

function read(item: Input, path: readonly string[]): Input {
  const [name = '', ...rest] = path;
  const value = item?.[name];
  return rest.length === 0 ? value : read(value?.M, rest);
}

function write(item: Input, path: readonly string[], value: Input): void {
  const [name = '', ...rest] = path;
  if (rest.length > 0) {
    if (item[name]?.M === undefined) throw new Error(`The path ${path.join('.')} leads nowhere.`);
    write(item[name].M, rest, value);
  } else if (value === undefined) delete item[name];
  else item[name] = value;
}
