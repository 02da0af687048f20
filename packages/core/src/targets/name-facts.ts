import { toPack } from '../model/packed-labels.js';
import { checkName } from './check-labels.js';
import { isHiddenLabel, isIdentifyingLabel, isMetaLabel, isParamLabel } from './hidden-labels.js';

/** What is to be known of a label by its name alone. */
export interface NameFacts {
  readonly name: string;
  readonly packedName: string;
  readonly isMeta: boolean;
  /** It is on samples. */
  readonly isShown: boolean;
  readonly isIdentifying: boolean;
  /** Undefined when it is a good name. */
  readonly problem: string | undefined;
}

/** The facts of names by their places in a list that grows or is replaced by another. */
export class NamesFacts {
  #names: readonly string[] = [];
  #facts: NameFacts[] = [];
  /** Whether there is a name among them that sets a parameter of the URL. */
  hasParams = false;

  of(names: readonly string[]): readonly NameFacts[] {
    if (names !== this.#names) {
      this.#names = names;
      this.#facts = [];
    }
    for (let i = this.#facts.length; i < names.length; i++) {
      this.#facts.push(factsOf(names[i]!));
      this.hasParams ||= isParamLabel(names[i]!);
    }
    return this.#facts;
  }
}

function factsOf(name: string): NameFacts {
  return {
    name,
    packedName: toPack(name),
    isMeta: isMetaLabel(name),
    isShown: !isHiddenLabel(name),
    isIdentifying: isIdentifyingLabel(name),
    problem: checkName(name),
  };
}
