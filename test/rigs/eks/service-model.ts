import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** A shape of AWS's service model, as botocore ships it. */
interface Shape {
  type: string;
  members?: Record<string, Member>;
  required?: string[];
  member?: Member;
  key?: Member;
  value?: Member;
  enum?: string[];
  pattern?: string;
  min?: number;
  max?: number;
}

interface Member {
  shape: string;
  location?: "uri" | "querystring" | "header";
  locationName?: string;
}

interface Operation {
  name: string;
  http: { method: string; requestUri: string };
  input: { shape: string };
  output: { shape: string };
}

export type Fields = Record<string, unknown>;

/** A request that the model knows. */
export interface ModelledRequest {
  operation: string;
  /** What it says, wherever it says it: in the path, the query or the body. */
  input: Fields;
  /** Everything in it that the model does not allow. */
  faults: string[];
}

/** AWS's own model of an API: which requests there are and what they may say. */
export class ServiceModel {
  private readonly operations: Operation[];
  private readonly shapes: Record<string, Shape>;

  /** @param file `service-2.json.gz` of botocore */
  constructor(file: string) {
    const model = JSON.parse(gunzipSync(readFileSync(file)).toString("utf8")) as {
      operations: Record<string, Operation>;
      shapes: Record<string, Shape>;
    };
    this.operations = Object.values(model.operations);
    this.shapes = model.shapes;
  }

  /** The request as the model sees it; undefined where the API has no such operation. */
  read(method: string, url: URL, body: Fields): ModelledRequest | undefined {
    for (const operation of this.operations) {
      if (operation.http.method !== method) continue;
      const found = pathOf(operation.http.requestUri).exec(url.pathname);
      if (found) return this.request(operation, found.groups ?? {}, url.searchParams, body);
    }
    return undefined;
  }

  /** What is not of the output's shape in an answer: a fault of whoever wrote the answer. */
  faultsOfAnswer(operation: string, answer: Fields): string[] {
    const { output } = this.operations.find(({ name }) => name === operation) as Operation;
    return this.check(output.shape, answer, "answer");
  }

  private request(
    operation: Operation,
    path: Record<string, string>,
    query: URLSearchParams,
    body: Fields,
  ): ModelledRequest {
    const input: Fields = { ...body };
    for (const [name, member] of Object.entries(this.shape(operation.input.shape).members ?? {})) {
      const wire = member.locationName ?? name;
      if (member.location === "uri") input[name] = decodeURIComponent(path[wire] ?? "");
      if (member.location === "querystring" && query.has(wire))
        input[name] = this.fromQuery(member, query, wire);
    }
    const faults = this.check(operation.input.shape, input, operation.name);
    return { operation: operation.name, input, faults };
  }

  private fromQuery(member: Member, query: URLSearchParams, name: string): unknown {
    const { type } = this.shape(member.shape);
    if (type === "list") return query.getAll(name);
    const text = query.get(name) ?? "";
    if (type === "integer") return Number(text);
    return type === "boolean" ? text === "true" : text;
  }

  private shape(name: string): Shape {
    const shape = this.shapes[name];
    if (!shape) throw new Error(`The service model has no shape ${name}.`);
    return shape;
  }

  private check(name: string, value: unknown, at: string): string[] {
    const shape = this.shape(name);
    if (value === undefined || value === null) return [];
    switch (shape.type) {
      case "structure":
        return isFields(value) ? this.checkStructure(shape, value, at) : [`${at}: not an object`];
      case "list":
        return Array.isArray(value) ? this.checkList(shape, value, at) : [`${at}: not a list`];
      case "map":
        return isFields(value) ? this.checkMap(shape, value, at) : [`${at}: not a map`];
      case "string":
        return checkString(shape, value, at);
      case "boolean":
        return typeof value === "boolean" ? [] : [`${at}: not a boolean`];
      default:
        return typeof value === "number" ? checkRange(shape, value, at) : [`${at}: not a number`];
    }
  }

  private checkStructure({ members = {}, required = [] }: Shape, value: Fields, at: string): string[] {
    const missing = required
      .filter((name) => value[name] === undefined)
      .map((name) => `${at}.${name}: missing`);
    const others = Object.entries(value).flatMap(([name, part]) => {
      const member = members[name];
      return member ? this.check(member.shape, part, `${at}.${name}`) : [`${at}.${name}: unknown`];
    });
    return [...missing, ...others];
  }

  private checkList(shape: Shape, value: unknown[], at: string): string[] {
    const { member } = shape;
    const parts = value.flatMap((part, i) => (member ? this.check(member.shape, part, `${at}[${i}]`) : []));
    return [...checkRange(shape, value.length, at), ...parts];
  }

  private checkMap(shape: Shape, value: Fields, at: string): string[] {
    const parts = Object.entries(value).flatMap(([key, part]) => [
      ...(shape.key ? this.check(shape.key.shape, key, `${at} key ${key}`) : []),
      ...(shape.value ? this.check(shape.value.shape, part, `${at}.${key}`) : []),
    ]);
    return [...checkRange(shape, Object.keys(value).length, at), ...parts];
  }
}

function pathOf(requestUri: string): RegExp {
  return new RegExp(`^${requestUri.replace(/\{(\w+)\+?\}/g, "(?<$1>[^/]+)")}$`);
}

function checkString(shape: Shape, value: unknown, at: string): string[] {
  if (typeof value !== "string") return [`${at}: not a text`];
  const faults = checkRange(shape, value.length, at);
  if (shape.enum && !shape.enum.includes(value))
    faults.push(`${at}: ${value} is none of ${shape.enum.join(", ")}`);
  // AWS writes patterns for a Java-like engine and means the whole text.
  if (shape.pattern && !new RegExp(`^(?:${shape.pattern})$`, "u").test(value))
    faults.push(`${at}: ${value} does not match ${shape.pattern}`);
  return faults;
}

function checkRange({ min, max }: Shape, size: number, at: string): string[] {
  if (min !== undefined && size < min) return [`${at}: ${size} is below ${min}`];
  return max !== undefined && size > max ? [`${at}: ${size} is above ${max}`] : [];
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
