import { isRecord } from "../core/config/issues";
import { asList, checkKeys, entries, type PolicyPath, type Report } from "./problems";
import {
  ACTIONS,
  ARG_OPERATORS,
  BINARY_OPERATORS,
  DEPRECATED_ACTIONS,
  FEW_VALUES_OPERATORS,
  LIMITS,
  NUMERIC_TYPES,
  OPERATORS_WITHOUT_VALUES,
  SELECTOR_KEYS,
} from "./vocabulary";

/** Checks the selectors of a hook; see {@link validatePolicy}. */
export function validateSelectors(probe: Record<string, unknown>, path: PolicyPath, report: Report): void {
  const selectors = asList(probe["selectors"]);
  if (selectors.length > LIMITS.selectors)
    report([...path, "selectors"], `at most ${LIMITS.selectors} selectors, ${selectors.length} are given`);
  for (const selector of entries(selectors, [...path, "selectors"], report)) {
    checkKeys(selector.value, SELECTOR_KEYS, SELECTOR_KEYS, selector.path, report);
    checkArgs(selector.value, probe, selector.path, report);
    checkBinaries(selector.value, selector.path, report);
    checkActions(selector.value, probe, selector.path, report);
  }
}

function checkArgs(
  selector: Record<string, unknown>,
  probe: Record<string, unknown>,
  path: PolicyPath,
  report: Report,
) {
  const filters = entries(selector["matchArgs"], [...path, "matchArgs"], report);
  const count = filters.length + asList(selector["matchData"]).length;
  if (count > LIMITS.matchArgs)
    report([...path, "matchArgs"], `at most ${LIMITS.matchArgs} filters, ${count} are given`);
  for (const filter of filters) checkFilter(filter.value, probe, filter.path, report);
}

function checkFilter(
  filter: Record<string, unknown>,
  probe: Record<string, unknown>,
  path: PolicyPath,
  report: Report,
) {
  const operator = String(filter["operator"]);
  const values = asList(filter["values"]).map(String);
  if (!ARG_OPERATORS.includes(operator))
    return report([...path, "operator"], `one of ${ARG_OPERATORS.join(", ")}`);
  const { index } = filter;
  const args = asList(probe["args"]).filter(isRecord);
  const [place] = asList(filter["args"]);
  const arg =
    place === undefined ? args.find((candidate) => candidate["index"] === index) : args[Number(place)];
  if (place !== undefined && !arg)
    report([...path, "args", 0], `a place in args, which has ${args.length}: counted from 0`);
  if (place === undefined && index !== undefined && args.length > 0 && !arg)
    report([...path, "index"], `the index of one of args: ${args.map((a) => String(a["index"])).join(", ")}`);
  if (values.length === 0 && !OPERATORS_WITHOUT_VALUES.includes(operator))
    report([...path, "values"], "at least one value");
  checkValues(values, operator, String(arg?.["type"]), [...path, "values"], report);
}

function checkValues(
  values: string[],
  operator: string,
  type: string,
  path: PolicyPath,
  report: Report,
): void {
  const numeric = NUMERIC_TYPES.includes(type);
  if (numeric && FEW_VALUES_OPERATORS.includes(operator) && values.length > LIMITS.numericValues)
    report(
      path,
      `at most ${LIMITS.numericValues} values with ${operator}, ${values.length} are given: use InMap`,
    );
  values.forEach((value, index) => {
    if (numeric && ["Equal", "NotEqual", "Mask"].includes(operator) && !/^-?(0x[0-9a-f]+|\d+)$/i.test(value))
      report([...path, index], `a number, as the argument is of type ${type}`);
    if (/Prefix$/.test(operator) && value.length > LIMITS.prefixCharacters)
      report([...path, index], `at most ${LIMITS.prefixCharacters} characters`);
    if (/Postfix$/.test(operator) && value.length > LIMITS.postfixCharacters)
      report([...path, index], `at most ${LIMITS.postfixCharacters} characters`);
  });
}

function checkBinaries(selector: Record<string, unknown>, path: PolicyPath, report: Report): void {
  for (const key of ["matchBinaries", "matchParentBinaries"]) {
    const filters = entries(selector[key], [...path, key], report);
    if (filters.length > LIMITS.matchBinaries)
      report([...path, key], `one entry, with all paths in its values: ${filters.length} are given`);
    for (const filter of filters)
      if (!BINARY_OPERATORS.includes(String(filter.value["operator"])))
        report([...filter.path, "operator"], `one of ${BINARY_OPERATORS.join(", ")}`);
  }
}

function checkActions(
  selector: Record<string, unknown>,
  probe: Record<string, unknown>,
  path: PolicyPath,
  report: Report,
) {
  const actions = entries(selector["matchActions"], [...path, "matchActions"], report);
  if (actions.length > LIMITS.matchActions)
    report([...path, "matchActions"], `at most ${LIMITS.matchActions} actions, ${actions.length} are given`);
  for (const action of actions) checkAction(action.value, probe, action.path, report);
}

function checkAction(
  action: Record<string, unknown>,
  probe: Record<string, unknown>,
  path: PolicyPath,
  report: Report,
) {
  const name = String(action["action"]);
  if (!ACTIONS.includes(name)) return report([...path, "action"], `one of ${ACTIONS.join(", ")}`);
  if (DEPRECATED_ACTIONS.includes(name))
    report(
      [...path, "action"],
      `another action: ${name} goes with Tetragon 1.8; hook security_file_permission`,
    );
  if (action["rateLimit"] !== undefined && name !== "Post")
    report([...path, "rateLimit"], "none: only the action Post has a rate limit");
  if (action["rateLimit"] !== undefined && !/^\d+[smh]?$/i.test(String(action["rateLimit"])))
    report([...path, "rateLimit"], 'a time, like "10s", "5m" or "1h"');
  const call = String(probe["call"] ?? "");
  if (name === "Override" && call !== "" && !/^(sys_|list:|security_)/.test(call))
    report(
      [...path, "action"],
      `Sigkill: Override works for system calls and security_ hooks, not for ${call}`,
    );
}
