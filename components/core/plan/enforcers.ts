import { ContractError } from "../contract/contract-error";
import type { PlannedFeature } from "../contract/contribution";

/**
 * Refuses a rule about users' pods by which two features refuse or warn: a rule that is taken back in one would go on to
 * hold by the other.
 * @throws ContractError with the rules
 */
export function refuseTwoEnforcers(features: readonly PlannedFeature[]): void {
  const enforcers = features.flatMap(({ name, contribution }) =>
    contribution.enforces?.length ? [{ name, rules: contribution.enforces }] : [],
  );
  for (const [index, first] of enforcers.entries())
    for (const second of enforcers.slice(index + 1)) {
      const both = first.rules.filter((rule) => second.rules.includes(rule));
      if (both.length === 0) continue;
      throw new ContractError(
        "FTR013",
        `${first.name} and ${second.name} both warn or deny by ${both.join(", ")}`,
        `leave these rules in the stage dryrun, in all namespaces, in one of the two; ${ADVICE}`,
      );
    }
}

const ADVICE = "what needs no pod to answer is the better one to deny";
