import { chainsById, readChains } from "../check/chains";
import type { FoundChain } from "../check/found-chain";
import type { Verdict } from "../check/poll";
import { type Check, fail, notRun, pass } from "./kinds";

/** What is wrong with a chain that was found; undefined where nothing is. */
export type ChainProblem = (chain: FoundChain) => string | undefined;

/**
 * The chains that the scenarios of a run have to leave by these rules are in the store, all that could be found, and as
 * they have to be.
 * @param rules Names of correlation rules; all of them where none is named
 */
export function chained(rules: readonly string[], problemOf: ChainProblem): Check {
  return async ({ results, store, indices }) => {
    const expected = results.flatMap(({ id, expectations }) =>
      expectations.filter((one) => isOf(one, rules)).map((verdict) => ({ id, verdict })),
    );
    if (expected.length === 0) return notRun("no scenario was run that leaves one");
    const missed = expected.filter(({ verdict }) => verdict.status === "failed");
    if (missed.length > 0)
      return fail(
        missed.map(inWords),
        missed.map(({ verdict }) => verdict.evidence),
      );
    const found = expected.filter(({ verdict }) => verdict.status === "passed");
    if (found.length === 0)
      return notRun([...new Set(expected.flatMap(({ verdict }) => verdict.why))].join("; "));
    const ids = [...new Set(found.flatMap(({ verdict }) => verdict.evidence.documents.map(({ id }) => id)))];
    const chains = await readChains(ids, store, { indices });
    const gone = ids.length - chains.length;
    const wrong = [
      ...(gone > 0 ? [`${gone} of ${ids.length} chains are gone`] : []),
      ...chains.flatMap((chain) => problemOf(chain) ?? []),
    ];
    const evidence = [{ index: indices.correlations, query: chainsById(ids), documents: [] }];
    return wrong.length > 0 ? fail(wrong, evidence) : pass(evidence, [`${ids.length} chains`]);
  };
}

/** Several steps, each named, none before the one that it follows. */
export const stepsInOrder: ChainProblem = ({ title, steps }) => {
  const times = steps.map(({ time }) => Date.parse(time));
  const isOrdered = times.every((time, i) => time >= (times[i - 1] ?? 0));
  if (new Set(steps.map(({ step }) => step)).size < 2) return `"${title}" names fewer than two steps`;
  return isOrdered ? undefined : `"${title}" has its steps in another order`;
};

/** Two tools, of one technique. */
export const byTwoSensors: ChainProblem = ({ title, steps, key }) => {
  const tools = new Set(steps.map(({ tool }) => tool));
  const technique = key.find((one) => one.startsWith("threat.technique.id="));
  if (tools.size < 2) return `"${title}" is of ${[...tools].join()} alone`;
  return technique ? undefined : `"${title}" names no technique`;
};

/** What is vulnerable is named. */
export const namesVulnerability: ChainProblem = ({ title, evidence }) =>
  evidence.length > 0 ? undefined : `"${title}" names no vulnerability`;

/** Who reads it knows what happened, how bad it is and what to do. */
export const saysWhatToDo: ChainProblem = ({ title, fix, steps, severity }) => {
  const lacks = [
    ...(fix === "" ? ["what to do"] : []),
    ...(steps.length === 0 ? ["its events"] : []),
    ...(severity === 0 ? ["its severity"] : []),
  ];
  return lacks.length > 0 ? `"${title}" lacks ${lacks.join(", ")}` : undefined;
};

function isOf({ rule }: Verdict, rules: readonly string[]): boolean {
  return rule !== undefined && (rules.length === 0 || rules.includes(rule));
}

function inWords({ id, verdict: { what, why } }: { id: string; verdict: Verdict }): string {
  return `${id}: ${what}: ${why.join("; ")}`;
}
