/** A clock that jumps from one planned thing to the next: a day passes as fast as what happens in it is computed. */
export class VirtualClock {
  now = 0;
  readonly #heap: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  #planned = 0;

  /** Plans something, at a time that is not past. What is planned for one moment happens in the order of planning. */
  at(time: number, run: () => void): void {
    this.#push({ at: Math.max(time, this.now), order: this.#planned++, run });
  }

  /** Lets everything happen, in order. */
  runAll(): void {
    for (let next = this.#pop(); next !== undefined; next = this.#pop()) {
      this.now = next.at;
      next.run();
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a]!, this.#heap[b]!];
    return x.at < y.at || (x.at === y.at && x.order < y.order);
  }

  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#heap[b]!, this.#heap[a]!];
  }

  #push(entry: { at: number; order: number; run: () => void }): void {
    let place = this.#heap.push(entry) - 1;
    while (place > 0 && this.#isBefore(place, (place - 1) >> 1)) {
      this.#swap(place, (place - 1) >> 1);
      place = (place - 1) >> 1;
    }
  }

  #pop() {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last === undefined || last === first) return first;
    this.#heap[0] = last;
    for (let place = 0; ; ) {
      let child = 2 * place + 1;
      if (child + 1 < this.#heap.length && this.#isBefore(child + 1, child)) child++;
      if (child >= this.#heap.length || this.#isBefore(place, child)) return first;
      this.#swap(place, child);
      place = child;
    }
  }
}
