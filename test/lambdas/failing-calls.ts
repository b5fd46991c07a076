import { AwsError, type FakeAws, type Input } from './fake-aws.ts';

/** Counts the calls of what stands in for AWS, and makes one of them fail: what a crash at that moment leaves. */
export class FailingCalls {
  calls = 0;
  #failing: { call: number; carriedOut: boolean } | undefined;
  readonly #aws: FakeAws;

  constructor(aws: FakeAws) {
    this.#aws = aws;
  }

  /** Makes one call from now on fail, before or after it was carried out. */
  failAt(call: number, carriedOut: boolean): void {
    this.calls = 0;
    this.#failing = { call, carriedOut };
  }

  /** Does what counts for nothing and fails never. */
  async asideOf<Result>(work: () => Promise<Result>): Promise<Result> {
    const [failing, calls] = [this.#failing, this.calls];
    this.#failing = undefined;
    const result = await work();
    [this.#failing, this.calls] = [failing, calls];
    return result;
  }

  protected answer(name: string, run: (input: Input) => object): void {
    this.#aws.on(name, (input) => {
      const failing = ++this.calls === this.#failing?.call ? this.#failing : undefined;
      const result = failing?.carriedOut === false ? {} : run(input);
      if (failing !== undefined) throw new AwsError('AccessDeniedException', 'made to fail');
      return result;
    });
  }
}
