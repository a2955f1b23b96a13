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

interface Token {
  text: string;
  quoted: boolean;
}

/** @throws Error where the condition does not follow the grammar, with the place. */
export function readCondition(condition: string): References {
  const reader = new ConditionReader(tokenize(condition));
  reader.expression();
  reader.end();
  return reader.references;
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
  readonly references: References = {
    fields: new Set(),
    macros: new Set(),
    listItems: new Set(),
    eventTypes: new Set(),
  };
  private position = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  expression(): void {
    do this.conjunction();
    while (this.accept("or"));
  }

  end(): void {
    if (this.position < this.tokens.length) this.fail("the end");
  }

  private conjunction(): void {
    do {
      while (this.accept("not"));
      this.check();
    } while (this.accept("and"));
  }

  private check(): void {
    if (this.accept("(")) {
      this.expression();
      this.expect(")");
      return;
    }
    const { text, quoted } = this.next();
    if (!quoted && FIELD.test(text)) {
      this.references.fields.add(text.replace(/\[.*$/, ""));
      this.comparison(text);
    } else if (!quoted && IDENTIFIER.test(text)) {
      this.references.macros.add(text);
    } else this.fail("a field or a macro");
  }

  private comparison(field: string): void {
    const operator = this.next().text;
    if (operator === "exists") return;
    if (LIST_OPERATORS.includes(operator)) this.list(field);
    else if (STRING_OPERATORS.includes(operator)) this.value(field);
    else if (NUMBER_OPERATORS.includes(operator)) {
      if (!/^-?\d/.test(this.next().text)) this.fail("a number");
    } else this.fail("an operator");
  }

  private value(field: string): void {
    const { text, quoted } = this.next();
    if (!quoted && ["(", ")", ",", ...STRING_OPERATORS, ...NUMBER_OPERATORS].includes(text))
      this.fail("a value");
    if (field === "evt.type") this.references.eventTypes.add(text);
  }

  private list(field: string): void {
    this.expect("(");
    do {
      const { text, quoted } = this.next();
      if (field === "evt.type") this.references.eventTypes.add(text);
      else if (!quoted) this.references.listItems.add(text);
    } while (this.accept(","));
    this.expect(")");
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
