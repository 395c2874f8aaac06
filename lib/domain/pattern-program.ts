/** From a pattern's tree to the steps that a run follows. */
import type { CharacterSet } from "./character-sets.ts";
import type { Node, Place } from "./pattern-syntax.ts";
import { PatternFault } from "./pattern-syntax.ts";

/** Steps of a program: counted repetitions make many of few characters, and each is tried at each character. */
const PROGRAM_SIZE = 500;
/** Nodes that are looked at while a program is made: nothing, repeated, makes no steps. */
const NODES = 5_000;

export type Step =
  | { readonly kind: "set"; readonly set: CharacterSet; readonly isFolded: boolean }
  | { readonly kind: "place"; readonly place: Place }
  /** Goes on at all of these steps, counted from the first one. */
  | { readonly kind: "fork"; readonly to: number[] }
  | { readonly kind: "end" };

/** Each step goes on at the one after it, unless it is a fork or the end. @throws {PatternFault} */
export function makeProgram(tree: Node): Step[] {
  const steps: Step[] = [];
  let nodes = 0;
  const add = (node: Node): void => {
    nodes++;
    if (nodes > NODES) throw new PatternFault("This pattern repeats too much.");
    if (node.kind === "sequence") for (const part of node.nodes) add(part);
    else if (node.kind === "choice") addChoice(node.nodes);
    else if (node.kind === "repeat") addRepeat(node.node, node.least, node.most);
    else steps.push(node);
  };
  const fork = (...to: number[]) => {
    steps.push({ kind: "fork", to });
    return to;
  };
  const addChoice = (choices: readonly Node[]) => {
    const starts = fork();
    const ends = choices.map((choice) => {
      starts.push(steps.length);
      add(choice);
      return fork();
    });
    for (const end of ends) end.push(steps.length);
  };
  const addRepeat = (node: Node, least: number, most: number) => {
    for (let count = 0; count < least; count++) add(node);
    if (most === Number.POSITIVE_INFINITY) {
      const start = steps.length;
      const loop = fork(start + 1);
      add(node);
      fork(start);
      loop.push(steps.length);
      return;
    }
    const skips = Array.from({ length: most - least }, () => {
      const skip = fork(steps.length + 1);
      add(node);
      return skip;
    });
    for (const skip of skips) skip.push(steps.length);
  };
  add(tree);
  steps.push({ kind: "end" });
  if (steps.length > PROGRAM_SIZE) throw new PatternFault("This pattern repeats too much.");
  return steps;
}
