/**
 * Fuzzes one target in this thread: inputs are made of those that did something new, where new is a feature of the
 * answer or code that had not run before. The same seed and number of runs make the same inputs.
 */
import { createPrng, type Prng } from '../../node/sim/prng.ts';
import { equalBytes } from '../../shared/codec/hex.ts';
import { type Coverage, startCoverage } from './coverage.ts';
import { type Broken, judge } from './judge.ts';
import { minimise } from './minimise.ts';
import { mutate } from './mutate.ts';
import { bytesMaxDefault, type OpenTarget, type Target } from './target.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** True when it is time to end. */
  readonly over: (runs: number) => boolean;
  /** Inputs that once broke something: tried first. */
  readonly regressions: readonly Uint8Array[];
  /** Before each input runs, so that one that never answers is known outside. */
  readonly about: (input: Uint8Array) => void;
  readonly progress: (figures: CampaignFigures) => void;
  /** As it came: making it smaller takes a while, which may be cut short. Then comes `found`. */
  readonly broke: (finding: Finding) => void;
  /** Made small; undefined if it is one that is known by then. */
  readonly found: (finding: Finding | undefined) => void;
}

export interface CampaignFigures {
  readonly runs: number;
  readonly accepted: number;
  /** Inputs that did something new. */
  readonly kept: number;
  readonly features: number;
  /** Characters of the product's sources that ran. */
  readonly covered: number;
}

export interface Finding extends Broken {
  readonly input: Uint8Array;
}

const batchSize = 128;
const keptMax = 4_096;
/** One of each property and message: more would be the same fault again. */
const findingsMax = 8;

export async function runCampaign(target: Target, options: CampaignOptions): Promise<CampaignFigures> {
  const open = await target.open();
  const coverage = startCoverage(isProduct);
  try {
    return await new Campaign(target, open, coverage, options).run();
  } finally {
    coverage.stop();
    await open.close?.();
  }
}

const isProduct = (url: string): boolean =>
  /\/(shared|node)\/[^?]*$/.test(url) && !url.includes('node_modules');

class Campaign {
  readonly #target: Target;
  readonly #open: OpenTarget;
  readonly #coverage: Coverage;
  readonly #options: CampaignOptions;
  readonly #random: Prng;
  readonly #kept: Uint8Array[] = [];
  readonly #features = new Set<string>();
  readonly #findings = new Map<string, Finding>();
  #runs = 0;
  #accepted = 0;

  constructor(target: Target, open: OpenTarget, coverage: Coverage, options: CampaignOptions) {
    this.#target = target;
    this.#open = open;
    this.#coverage = coverage;
    this.#options = options;
    this.#random = createPrng(options.seed);
  }

  async run(): Promise<CampaignFigures> {
    const { over, progress, regressions } = this.#options;
    for (const input of [...this.#open.corpus, ...regressions]) {
      await this.#try(input);
      this.#keep(input);
    }
    this.#acceptNews();
    while (!over(this.#runs) && this.#findings.size < findingsMax) {
      await this.#batch();
      progress(this.#figures());
    }
    return this.#figures();
  }

  async #batch(): Promise<void> {
    const inputs: Uint8Array[] = [];
    for (let index = 0; index < batchSize; index++) {
      const input = this.#next();
      inputs.push(input);
      await this.#try(input);
    }
    const news = this.#coverage.news();
    if (news === undefined) return;
    await this.#keepNewsOf(inputs);
    // Code that runs once only, whatever the input, is no news the next time.
    this.#coverage.accept(news);
  }

  /** Code ran that had not run before: the halves run again, to find the inputs that did it. */
  async #keepNewsOf(inputs: readonly Uint8Array[]): Promise<void> {
    for (const input of inputs) {
      this.#options.about(input);
      await judge(this.#open, input);
    }
    const news = this.#coverage.news();
    if (news === undefined) return;
    if (inputs.length === 1) {
      this.#keep(inputs[0]!);
      this.#coverage.accept(news);
      return;
    }
    const middle = Math.ceil(inputs.length / 2);
    await this.#keepNewsOf(inputs.slice(0, middle));
    await this.#keepNewsOf(inputs.slice(middle));
  }

  #acceptNews(): void {
    const news = this.#coverage.news();
    if (news !== undefined) this.#coverage.accept(news);
  }

  #next(): Uint8Array {
    const limits = { form: this.#target.form, bytesMax: this.#target.bytesMax ?? bytesMaxDefault };
    return mutate(this.#pick(), this.#random.pick(this.#kept), this.#random, limits);
  }

  /** Newer ones more often: they are where something was found last. */
  #pick(): Uint8Array {
    const from = this.#random.chance(0.5) ? 0 : Math.floor(this.#kept.length * 0.9);
    return this.#kept[from + this.#random.below(this.#kept.length - from)]!;
  }

  async #try(input: Uint8Array): Promise<void> {
    this.#runs += 1;
    this.#options.about(input);
    const judgement = await judge(this.#open, input);
    if ('broken' in judgement) {
      await this.#found(input, judgement.broken);
      return;
    }
    const { outcome } = judgement;
    if (outcome.accepted) this.#accepted += 1;
    if (this.#features.has(outcome.feature)) return;
    this.#features.add(outcome.feature);
    this.#keep(input);
  }

  #keep(input: Uint8Array): void {
    if (this.#kept.length >= keptMax) this.#kept[this.#random.below(keptMax)] = input;
    else this.#kept.push(input);
  }

  async #found(input: Uint8Array, broken: Broken): Promise<void> {
    const key = `${broken.property} ${headline(broken.message)}`;
    if (this.#findings.has(key)) return;
    const still = async (smaller: Uint8Array): Promise<boolean> => {
      this.#options.about(smaller);
      const judgement = await judge(this.#open, smaller);
      return 'broken' in judgement && judgement.broken.property === broken.property;
    };
    this.#options.broke({ ...broken, input });
    const smallest = await minimise(input, still);
    const known = [...this.#findings.values()].some((finding) => equalBytes(finding.input, smallest));
    const finding = known ? undefined : { ...broken, input: smallest };
    if (finding !== undefined) this.#findings.set(key, finding);
    this.#options.found(finding);
  }

  #figures(): CampaignFigures {
    return {
      runs: this.#runs,
      accepted: this.#accepted,
      kept: this.#kept.length,
      features: this.#features.size,
      covered: this.#coverage.reached(),
    };
  }
}

/** Without numbers and names, so that one fault has one key. */
const headline = (message: string): string =>
  (message.split('\n')[0] ?? '').replace(/[0-9a-f]{6,}|\d+/g, '#').slice(0, 120);
