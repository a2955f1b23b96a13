import { BlockList, isIP } from "node:net";
import { type Condition, parseCondition, type Value } from "./falco-conditions";
import type { FalcoRule } from "./falco-plan";

/** An event as Falco's fields show it. */
export type FalcoEvent = Readonly<Record<string, string | number | boolean>>;

/** Macros and lists of Falco's stable rules file that ours use, as far as samples need them. */
const STABLE_MACROS: Readonly<Record<string, string>> = {
  container: "container.id != host",
  container_entrypoint:
    'not proc.pname exists or proc.pname in ("runc:[0:PARENT]", "runc:[1:CHILD]", runc, docker-runc, exe, docker-runc-cur, containerd-shim, systemd, crio, conmon)',
  open_read:
    "evt.type in (open, openat, openat2) and evt.is_open_read=true and fd.typechar='f' and fd.num>=0",
  open_write:
    "evt.type in (open, openat, openat2) and evt.is_open_write=true and fd.typechar='f' and fd.num>=0",
  shell_procs: "proc.name in (shell_binaries)",
  spawned_process: "evt.type in (execve, execveat)",
};
const STABLE_LISTS: Readonly<Record<string, string[]>> = {
  db_server_binaries: ["mysqld", "postgres", "sqlplus"],
  http_server_binaries: ["nginx", "httpd", "httpd-foregroun", "lighttpd", "apache", "apache2"],
  nosql_server_binaries: ["couchdb", "memcached", "redis-server", "rabbitmq-server", "mongod"],
  package_mgmt_binaries: ["dpkg", "apt", "apt-get", "dnf", "yum", "rpm", "apk", "pip", "npm"],
  shell_binaries: ["ash", "bash", "csh", "ksh", "sh", "tcsh", "zsh", "dash"],
};

/**
 * Says whether a rule fires for an event, by the meaning that falcosecurity/libs gives to conditions and exceptions. Not
 * Falco: its engine is in no registry that tests can reach. What only Falco shows stays open, which is whether a kernel's
 * events have these fields and values.
 */
export class RuleEvaluator {
  private readonly macros: ReadonlyMap<string, Condition>;
  private readonly lists: ReadonlyMap<string, string[]>;

  /** @param entries all entries of the rules files, in the order in which they are loaded */
  constructor(entries: readonly Record<string, unknown>[]) {
    const macros = entries.filter((entry) => typeof entry["macro"] === "string");
    this.macros = new Map([
      ...Object.entries(STABLE_MACROS).map(([name, text]) => [name, parseCondition(text)] as const),
      ...macros.map(({ macro, condition }) => [String(macro), parseCondition(String(condition))] as const),
    ]);
    const lists = entries.filter((entry) => typeof entry["list"] === "string");
    this.lists = new Map([
      ...Object.entries(STABLE_LISTS),
      ...lists.map(({ list, items }) => [String(list), (items as unknown[]).map(String)] as const),
    ]);
  }

  fires(rule: FalcoRule, event: FalcoEvent): boolean {
    return this.holds(parseCondition(rule.condition), event) && !this.isExcepted(rule, event);
  }

  isExcepted({ exceptions }: FalcoRule, event: FalcoEvent): boolean {
    return exceptions.some(({ fields, comps, values }) => {
      if (!Array.isArray(fields)) return this.compare(fields, String(comps), values as unknown[], event);
      return values.some((tuple) =>
        fields.every((field, i) =>
          this.compare(field, comps[i] ?? "=", [(tuple as unknown[])[i]].flat(), event),
        ),
      );
    });
  }

  holds(condition: Condition, event: FalcoEvent): boolean {
    if ("all" in condition) return condition.all.every((part) => this.holds(part, event));
    if ("any" in condition) return condition.any.some((part) => this.holds(part, event));
    if ("not" in condition) return !this.holds(condition.not, event);
    if ("macro" in condition) {
      const macro = this.macros.get(condition.macro);
      if (!macro) throw new Error(`no macro ${condition.macro}`);
      return this.holds(macro, event);
    }
    return this.compare(condition.field, condition.operator, condition.values, event);
  }

  private compare(field: string, operator: string, values: readonly unknown[], event: FalcoEvent): boolean {
    const found = event[field];
    if (operator === "exists") return found !== undefined;
    // What an event does not have compares to nothing (libs: sinsp_filter_check::compare).
    if (found === undefined) return false;
    const operands = values.flatMap((value) => this.expand(value));
    return operands.some((operand) => test(field, String(found), operator, operand));
  }

  /** The items of a list, and of lists in it; any other value as it is. */
  private expand(value: unknown): string[] {
    const { text, quoted } = isValue(value) ? value : { text: String(value), quoted: false };
    const list = quoted ? undefined : this.lists.get(text);
    return list ? list.flatMap((item) => this.expand(item)) : [text.replace(/^"(.*)"$/, "$1")];
  }
}

function isValue(value: unknown): value is Value {
  return typeof value === "object" && value !== null && "text" in value;
}

function test(field: string, found: string, operator: string, operand: string): boolean {
  switch (operator) {
    case "=":
    case "==":
    case "in":
      return field === "fd.snet" ? isInNetwork(found, operand) : found === operand;
    case "!=":
      return found !== operand;
    case "contains":
      return found.includes(operand);
    case "startswith":
      return found.startsWith(operand);
    case "endswith":
      return found.endsWith(operand);
    case "regex":
      return isWholeMatch(found, operand);
    case ">":
      return Number(found) > Number(operand);
    case "<":
      return Number(found) < Number(operand);
    case ">=":
      return Number(found) >= Number(operand);
    default:
      throw new Error(`the samples do not know the operator ${operator}`);
  }
}

const expressions = new Map<string, RegExp>();

/** Falco's `regex`: POSIX egrep, anchored at both ends (libs: matches_rhs_regex). What our rules use of it JavaScript has too. */
function isWholeMatch(text: string, expression: string): boolean {
  let compiled = expressions.get(expression);
  if (!compiled) {
    if (/\\|\(\?/.test(expression)) throw new Error(`no POSIX expression: ${expression}`);
    compiled = new RegExp(`^(?:${expression})$`);
    expressions.set(expression, compiled);
  }
  return compiled.test(text);
}

function isInNetwork(address: string, network: string): boolean {
  const family = (text: string) => (isIP(text) === 6 ? "ipv6" : "ipv4");
  const [base = "", prefix = ""] = network.split("/");
  const list = new BlockList();
  list.addSubnet(base, Number(prefix), family(base));
  return list.check(address, family(address));
}
