import { fieldOf, show } from "./fields";
import type { Json, Store } from "./store";

type Clause = Record<string, unknown>;

/**
 * For each clause, whether leaving it out finds documents, and what they have instead: "wrong pod" is told from
 * "nothing came". Only the clauses whose absence alone finds something are told.
 */
export async function nearMisses(
  filter: readonly Clause[],
  always: readonly Clause[],
  store: Store,
  index: string,
): Promise<string[]> {
  const lines = await Promise.all(
    filter.map(async (clause) => {
      const others = filter.filter((other) => other !== clause);
      const query = { bool: { filter: [...others, ...always] } };
      const { total, hits } = await store.search(index, { query, size: 3 });
      return total === 0
        ? undefined
        : describe(
            clause,
            total,
            hits.map(({ _source }) => _source),
          );
    }),
  );
  return lines.filter((line) => line !== undefined);
}

function describe(clause: Clause, total: number, documents: Json[]): string {
  const [kind = "", content] = Object.entries(clause)[0] ?? [];
  const [field = "", wanted] = Object.entries((content ?? {}) as Json)[0] ?? [];
  const have = [...new Set(documents.map((document) => show(fieldOf(document, field))))].join(", ");
  return `${total} match all but ${kind} ${field} ${show(wanted)}: there it is ${have}`;
}
