/** An entry of a rule file. */
export interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** A line of what Prometheus scrapes. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export function samplesOf(text: string): Sample[] {
  return [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(([, name = "", labels = "", value]) => ({
    name,
    labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text])),
    value: Number(value),
  }));
}

export interface Selector {
  name: string;
  matchers: { label: string; operator: string; value: string }[];
}

/** The series that an expression names: names with an underscore or a colon in them which are no functions. */
export function selectorsOf(expr: string): Selector[] {
  const found = expr.matchAll(
    /\b((?:otelcol|falcosecurity|target|security|gatekeeper|apiserver)[\w:]*)(?:\{([^}]*)\})?/g,
  );
  return [...found].map(([, name = "", matchers = ""]) => ({
    name,
    matchers: [...matchers.matchAll(/(\w+)(=~|!=|=)"([^"]*)"/g)].map(
      ([, label = "", operator = "", value = ""]) => ({
        label,
        operator,
        value,
      }),
    ),
  }));
}

export function fits({ name, labels }: Sample, selector: Selector): boolean {
  return (
    name === selector.name &&
    selector.matchers.every(({ label, operator, value }) => {
      if (operator === "=~") return new RegExp(`^(${value})$`).test(labels[label] ?? "");
      return operator === "=" ? labels[label] === value : labels[label] !== value;
    })
  );
}
