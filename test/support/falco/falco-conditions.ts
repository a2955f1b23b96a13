/**
 * Reads conditions of Falco rules by the grammar of falcosecurity/libs (userspace/libsinsp/filter/parser.h),
 * as far as our rules use it, and tells what they refer to. A condition that Falco could not compile would
 * keep it from starting on every node.
 */
export interface References {
  fields: Set<string>;
  macros: Set<string>;
  /** Words in value lists: list names or plain values; the parser can't tell them apart. */
  listItems: Set<string>;
  /** Values that `evt.type` is compared with. */
  eventTypes: Set<string>;
}

/** A condition as a tree. */
export type Condition =
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition }
  | { macro: string }
  | { field: string; operator: string; values: Value[] };

export interface Value {
  text: string;
  /** In quotes: no name of a list. */
  quoted: boolean;
}

const TOKEN = /\s*(?:"((?:\\"|[^"])*)"|'((?:\\'|[^'])*)'|(<=|>=|!=|==|=|<|>|\(|\)|,)|([^\s(),="'<>!]+))/y;
const STRING_OPERATORS = [
  "=",
  "==",
  "!=",
  "contains",
  "icontains",
  "startswith",
  "endswith",
  "glob",
  "iglob",
  "regex",
];
const NUMBER_OPERATORS = ["<", "<=", ">", ">="];
const LIST_OPERATORS = ["in", "intersects", "pmatch"];
const FIELD = /^[a-zA-Z]\w*(\.[a-zA-Z]\w*)+(\[[^\]]+\])?$/;
const IDENTIFIER = /^[a-zA-Z]\w*$/;

type Token = Value;

/** @throws Error where the condition does not follow the grammar, with the place. */
export function parseCondition(condition: string): Condition {
  const reader = new ConditionReader(tokenize(condition));
  const tree = reader.expression();
  reader.end();
  return tree;
}

/** What a condition refers to. @throws Error as {@link parseCondition} does. */
export function readCondition(condition: string): References {
  const references: References = {
    fields: new Set(),
    macros: new Set(),
    listItems: new Set(),
    eventTypes: new Set(),
  };
  collect(parseCondition(condition), references);
  return references;
}

function collect(tree: Condition, references: References): void {
  if ("all" in tree) for (const part of tree.all) collect(part, references);
  else if ("any" in tree) for (const part of tree.any) collect(part, references);
  else if ("not" in tree) collect(tree.not, references);
  else if ("macro" in tree) references.macros.add(tree.macro);
  else {
    references.fields.add(tree.field.replace(/\[.*$/, ""));
    const isList = LIST_OPERATORS.includes(tree.operator);
    for (const { text, quoted } of tree.values)
      if (tree.field === "evt.type") references.eventTypes.add(text);
      else if (isList && !quoted) references.listItems.add(text);
  }
}

function tokenize(condition: string): Token[] {
  const tokens: Token[] = [];
  const text = condition.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new Error(`no token at "${text.slice(at, at + 30)}"`);
    const quoted = match[1] ?? match[2];
    tokens.push({ text: quoted ?? match[3] ?? match[4] ?? "", quoted: quoted !== undefined });
  }
  return tokens;
}

class ConditionReader {
  private position = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  expression(): Condition {
    const any = [this.conjunction()];
    while (this.accept("or")) any.push(this.conjunction());
    return any.length === 1 ? any[0]! : { any };
  }

  end(): void {
    if (this.position < this.tokens.length) this.fail("the end");
  }

  private conjunction(): Condition {
    const all = [this.negation()];
    while (this.accept("and")) all.push(this.negation());
    return all.length === 1 ? all[0]! : { all };
  }

  private negation(): Condition {
    return this.accept("not") ? { not: this.negation() } : this.check();
  }

  private check(): Condition {
    if (this.accept("(")) {
      const inner = this.expression();
      this.expect(")");
      return inner;
    }
    const { text, quoted } = this.next();
    if (!quoted && FIELD.test(text)) return this.comparison(text);
    if (!quoted && IDENTIFIER.test(text)) return { macro: text };
    return this.fail("a field or a macro");
  }

  private comparison(field: string): Condition {
    const operator = this.next().text;
    if (operator === "exists") return { field, operator, values: [] };
    if (LIST_OPERATORS.includes(operator)) return { field, operator, values: this.list() };
    if (STRING_OPERATORS.includes(operator)) return { field, operator, values: [this.value()] };
    if (!NUMBER_OPERATORS.includes(operator)) return this.fail("an operator");
    const value = this.next();
    if (!/^-?\d/.test(value.text)) this.fail("a number");
    return { field, operator, values: [value] };
  }

  private value(): Token {
    const value = this.next();
    if (!value.quoted && ["(", ")", ",", ...STRING_OPERATORS, ...NUMBER_OPERATORS].includes(value.text))
      this.fail("a value");
    return value;
  }

  private list(): Token[] {
    this.expect("(");
    const values = [this.next()];
    while (this.accept(",")) values.push(this.next());
    this.expect(")");
    return values;
  }

  private next(): Token {
    const token = this.tokens[this.position];
    if (!token) return this.fail("more");
    this.position += 1;
    return token;
  }

  private accept(text: string): boolean {
    const token = this.tokens[this.position];
    if (token?.quoted !== false || token.text !== text) return false;
    this.position += 1;
    return true;
  }

  private expect(text: string): void {
    if (!this.accept(text)) this.fail(`"${text}"`);
  }

  private fail(expected: string): never {
    const before = this.tokens.slice(Math.max(0, this.position - 4), this.position + 1);
    throw new Error(`expected ${expected} at "... ${before.map((t) => t.text).join(" ")} ..."`);
  }
}
