/** A bounded cache in one container: the oldest entry goes first, and none lives longer than its time. */
export class TimedCache<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly until: number }>();
  readonly #loading = new Map<string, Promise<Value | undefined>>();
  readonly #limit: number;
  readonly #ttlMs: number;

  /**
   * @param limit entries at most
   * @param ttlMs milliseconds that an entry may be used
   */
  constructor(limit: number, ttlMs: number) {
    this.#limit = limit;
    this.#ttlMs = ttlMs;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until > Date.now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, value: Value): Value {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: Date.now() + this.#ttlMs });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit) break;
      this.#entries.delete(oldest);
    }
    return value;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** What is cached, or else what `load` gives; callers at the same moment share one load. Nothing is cached of undefined. */
  async getOrLoad<Loaded extends Value | undefined>(
    key: string,
    load: () => Promise<Loaded>,
  ): Promise<Value | Loaded> {
    const cached = this.get(key);
    if (cached !== undefined) return cached;
    const loading = (this.#loading.get(key) as Promise<Loaded> | undefined) ?? load();
    this.#loading.set(key, loading);
    try {
      const loaded = await loading;
      if (loaded !== undefined) this.set(key, loaded);
      return loaded;
    } finally {
      this.#loading.delete(key);
    }
  }
}
