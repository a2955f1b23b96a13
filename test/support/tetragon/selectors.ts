import type {
  ArgumentFilter,
  BinaryFilter,
  Kprobe,
  Selector,
} from "../../../components/tetragon/tracing-policy";

/** A call of a hooked kernel function, as far as selectors look at it. */
export interface Call {
  call: string;
  /** By the hook's `args`, in their order; of a dentry or file its path, of an address its text, "blk:" before a device. */
  args?: (string | number)[];
  /** Path of the file that runs. */
  binary: string;
  parent?: string;
  /** Whether its mount namespace is the host's. */
  onHost?: boolean;
}

/**
 * Whether a hook reports a call: the selectors' meaning by Tetragon's documentation ("Selectors"), for the operators that
 * the stack's policies use. Not the kernel: whether a kernel has the function and finds the members of `resolve` it
 * can't say.
 * @throws for an operator that it does not know, and a call with arguments that the hook does not take
 */
export function reports(kprobe: Kprobe, call: Call): boolean {
  if (kprobe.call !== call.call) return false;
  if (call.args && call.args.length > kprobe.args.length)
    throw new Error(`${kprobe.call} takes ${kprobe.args.length} arguments, ${call.args.length} are given`);
  return (kprobe.selectors ?? [{}]).some((selector) => selects(selector, kprobe, call));
}

function selects(selector: Selector, kprobe: Kprobe, call: Call): boolean {
  const { matchArgs = [], matchBinaries = [], matchParentBinaries = [], matchNamespaces = [] } = selector;
  return (
    matchArgs.every((filter) => holds(filter, argumentOf(filter, kprobe, call))) &&
    matchBinaries.every((filter) => isBinary(filter, call.binary)) &&
    matchParentBinaries.every((filter) => call.parent !== undefined && isBinary(filter, call.parent)) &&
    matchNamespaces.every(({ operator }) => (operator === "In") === (call.onHost ?? false))
  );
}

function argumentOf({ index, args }: ArgumentFilter, kprobe: Kprobe, call: Call): string | number {
  const place = args?.[0] ?? kprobe.args.findIndex((arg) => arg.index === index);
  const value = call.args?.[place];
  if (value === undefined) throw new Error(`a call of ${call.call} needs argument ${place}`);
  return value;
}

const matches: Record<string, (value: string, wanted: string) => boolean> = {
  Prefix: (value, wanted) => value.startsWith(wanted),
  Postfix: (value, wanted) => value.endsWith(wanted),
  Equal: (value, wanted) => value === wanted,
  Mask: (value, wanted) => (BigInt(value) & BigInt(wanted)) !== 0n,
  In: (value, wanted) => value === wanted,
  FileType: (value, wanted) => value.startsWith(`${wanted}:`),
  DAddr: isInNetwork,
  SAddr: isInNetwork,
};

function holds({ operator, values }: ArgumentFilter, value: string | number): boolean {
  return operate(operator, values, String(value));
}

function isBinary({ operator, values }: BinaryFilter, path: string): boolean {
  return operate(operator, values, path);
}

function operate(operator: string, values: readonly string[], value: string): boolean {
  const negated = operator.startsWith("Not");
  const match = matches[negated ? operator.slice("Not".length) : operator];
  if (!match) throw new Error(`no meaning of ${operator} here`);
  return values.some((wanted) => match(value, wanted)) !== negated;
}

function isInNetwork(address: string, network: string): boolean {
  const [base = "", bits = ""] = network.split("/");
  if (address.includes(":") || base.includes(":")) return address === base;
  const number = (text: string) => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(address) / size) === Math.floor(number(base) / size);
}
