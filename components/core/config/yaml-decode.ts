import { type Alias, isAlias, isMap, isPair, isScalar, isSeq, type Scalar, type YAMLMap } from "yaml";
import { resolveScalar, type Tag } from "./yaml-scalar";

// YAML's nodes to values as Pulumi has them, which reads with Go's yaml.v3: merge keys, aliases, keys that are no text,
// keys that are there twice. Source: gopkg.in/yaml.v3 v3.0.1, decode.go.

export type Value = null | boolean | bigint | number | string | Value[] | ValueMap;

/** A map, with its keys as texts. */
export interface ValueMap {
  entries: Map<string, Entry>;
  /** Every key is a text without a tag of its own: Go then has another type of map. */
  plainKeys: boolean;
}

export interface Entry {
  key: Key;
  value: Value;
}

export interface Key {
  /** As Go prints it where a map with such keys becomes one of texts. */
  text: string;
  /** As it is written. */
  source: string;
  isText: boolean;
  isNull: boolean;
}

export function isValueMap(value: Value): value is ValueMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export type Path = readonly (string | number)[];

/** What is wrong, and where. */
export class DecodeError extends Error {
  constructor(
    message: string,
    readonly path: Path,
  ) {
    super(message);
  }
}

/** What the `yaml` package gives for a node; null for one that is left out. */
export type Node = unknown;

/**
 * The value of a document's content.
 * @throws DecodeError
 */
export function decode(content: Node): Value {
  const decoder = new Decoder(resolveAliases(content));
  // The document itself counts as one.
  decoder.count([]);
  return decoder.value(content, []);
}

/** What is found where a colon has nothing before it. */
export const NO_KEY = "a value without a key";

function isLeftOut(key: Node): boolean {
  if (key === null || key === undefined) return true;
  return isScalar(key) && isPlain(key) && !key.source && key.anchor === undefined && key.tag === undefined;
}

/**
 * The node of every alias: the last one before it with that anchor.
 * @throws DecodeError where there is none
 */
function resolveAliases(content: Node): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  const visit = (node: Node, path: Path): void => {
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined)
        throw new DecodeError(`the alias *${node.source}, and no anchor of that name before it`, path);
      targets.set(node, target);
    } else if (isPair(node)) {
      if (isLeftOut(node.key)) throw new DecodeError(NO_KEY, path);
      visit(node.key, path);
      visit(node.value, [...path, isAlias(node.key) ? `*${node.key.source}` : textOf(node.key)]);
    } else if (isMap(node) || isSeq(node) || isScalar(node)) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      if (isMap(node)) for (const pair of node.items) visit(pair, path);
      if (isSeq(node)) for (const [index, item] of node.items.entries()) visit(item, [...path, index]);
    }
  };
  visit(content, []);
  return targets;
}

/** A document may be a hundred times as large as it is written, if it is small (yaml.v3, allowedAliasRatio). */
const SMALL = 400_000;
const LARGE = 4_000_000;

function allowedAliasRatio(decoded: number): number {
  if (decoded <= SMALL) return 0.99;
  if (decoded >= LARGE) return 0.1;
  return 0.99 - 0.89 * ((decoded - SMALL) / (LARGE - SMALL));
}

/** What is found where a key is NaN, which Go cannot find again. */
export const NOT_A_NUMBER = "the key .nan";

class Decoder {
  private decoded = 0;
  private decodedByAlias = 0;
  private aliasDepth = 0;
  private readonly open = new Map<Alias, Path>();

  constructor(private readonly targets: ReadonlyMap<Alias, Node>) {}

  value(node: Node, path: Path): Value {
    this.count(path);
    if (isAlias(node)) return this.throughAlias(node, path, (target) => this.value(target, path));
    if (isMap(node)) return this.map(node, path);
    if (isSeq(node)) return node.items.map((item, index) => this.value(item, [...path, index]));
    return scalarValue(node, path);
  }

  /** Counts one node more, and refuses a document that grows too much by its aliases. */
  count(path: Path): void {
    this.decoded++;
    if (this.aliasDepth > 0) this.decodedByAlias++;
    if (this.decodedByAlias <= 100 || this.decoded <= 1000) return;
    if (this.decodedByAlias / this.decoded > allowedAliasRatio(this.decoded))
      throw new DecodeError("aliases that multiply: written out, the file would be too large", path);
  }

  private throughAlias<T>(alias: Alias, path: Path, read: (target: Node) => T): T {
    const outer = this.open.get(alias);
    if (outer) throw new DecodeError(`the alias *${alias.source} inside of what it stands for`, outer);
    this.open.set(alias, path);
    this.aliasDepth++;
    const value = read(this.targets.get(alias));
    this.aliasDepth--;
    this.open.delete(alias);
    return value;
  }

  private map(node: YAMLMap, path: Path): ValueMap {
    const plainKeys = node.items.every(({ key }) => ["!!str", "!!merge"].includes(this.keyTag(key)));
    const result: ValueMap = { entries: new Map(), plainKeys };
    this.fill(result, node, undefined, path);
    return result;
  }

  /**
   * Puts a map's entries into another.
   * @param taken keys that are there already and win, where this one is merged
   */
  private fill(result: ValueMap, node: YAMLMap, taken: Set<string> | undefined, path: Path): void {
    refuseTwins(node, path);
    let merged: { node: Node } | undefined;
    for (const pair of node.items) {
      if (isMerge(pair.key)) {
        merged = { node: pair.value };
        continue;
      }
      const key = this.key(pair.key, result.plainKeys, path);
      // In a map of texts, where only a merge can bring one, Go leaves it out.
      if (result.plainKeys && key.isNull) continue;
      const id = idOf(key, result.plainKeys);
      if (taken?.has(id)) continue;
      taken?.add(id);
      result.entries.set(id, { key, value: this.value(pair.value, [...path, key.text]) });
    }
    if (merged === undefined) return;
    this.merge(result, merged.node, taken ?? this.keysOf(node, result.plainKeys, path), path);
  }

  private merge(result: ValueMap, node: Node, taken: Set<string>, path: Path): void {
    const parts = isSeq(node) ? node.items : [node];
    for (const part of parts) {
      const target = isAlias(part) ? this.targets.get(part) : part;
      if (!isMap(target))
        throw new DecodeError("a merge key << of something that is no map", [...path, "<<"]);
      this.mergeOne(result, part, taken, [...path, "<<"]);
    }
  }

  private mergeOne(result: ValueMap, node: Node, taken: Set<string>, path: Path): void {
    this.count(path);
    if (isAlias(node)) {
      this.throughAlias(node, path, (target) => this.mergeOne(result, target, taken, path));
      return;
    }
    if (isMap(node)) this.fill(result, node, taken, path.slice(0, -1));
  }

  private keysOf(node: YAMLMap, plainKeys: boolean, path: Path): Set<string> {
    return new Set(node.items.map(({ key }) => idOf(this.key(key, plainKeys, path), plainKeys)));
  }

  private key(node: Node, plainKeys: boolean, path: Path): Key {
    this.count(path);
    if (isAlias(node)) return this.throughAlias(node, path, (target) => this.key(target, plainKeys, path));
    if (isMap(node) || isSeq(node)) throw new DecodeError("a map or a list as the key of a map", path);
    const source = textOf(node);
    const value = scalarValue(node, path);
    if (Number.isNaN(value)) throw new DecodeError(NOT_A_NUMBER, path);
    return {
      text: plainKeys ? source : printed(value),
      source,
      isText: typeof value === "string" && !isTime(node),
      isNull: value === null,
    };
  }

  private keyTag(node: Node): Tag {
    if (isAlias(node)) return this.keyTag(this.targets.get(node));
    if (isMap(node)) return "!!map";
    if (isSeq(node)) return "!!seq";
    return tagOf(node);
  }
}

/** Numbers and texts are different keys, so `1` and `"1"` are two. */
function idOf(key: Key, plainKeys: boolean): string {
  return plainKeys || key.isText ? `text ${key.text}` : `value ${key.text}`;
}

function refuseTwins(node: YAMLMap, path: Path): void {
  const seen = new Set<string>();
  for (const { key } of node.items) {
    const kind = isAlias(key) ? "alias" : isMap(key) ? "map" : isSeq(key) ? "list" : "scalar";
    const text = isAlias(key) ? key.source : textOf(key);
    const id = `${kind} ${text}`;
    if (seen.has(id)) throw new DecodeError("a key that is there twice", [...path, text]);
    seen.add(id);
  }
}

/** However it is written: Pulumi writes the file anew and reads that, and a text `<<` is then written without quotes. */
function isMerge(node: Node): boolean {
  return !isAlias(node) && !isMap(node) && !isSeq(node) && textOf(node) === "<<";
}

function isTime(node: Node): boolean {
  return tagOf(node) === "!!timestamp";
}

function textOf(node: Node): string {
  return isScalar(node) ? (node.source ?? "") : "";
}

const LONG_PREFIX = "tag:yaml.org,2002:";

/** A scalar's tag: the one that is written, or the one that its text has. */
function tagOf(node: Node): Tag {
  const text = textOf(node);
  if (!isScalar(node)) return resolveScalar("", text)?.tag ?? "!!str";
  const written = node.tag;
  if (written !== undefined && written !== "!")
    return written.startsWith(LONG_PREFIX) ? `!!${written.slice(LONG_PREFIX.length)}` : written;
  if (!isPlain(node)) return "!!str";
  return resolveScalar("", text)?.tag ?? "!!str";
}

function isPlain(node: Scalar): boolean {
  return node.type === undefined || node.type === "PLAIN";
}

function scalarValue(node: Node, path: Path): Exclude<Value, Value[] | ValueMap> {
  const tag = tagOf(node);
  const text = textOf(node);
  if (tag === "!!binary") return Buffer.from(base64(text, path), "base64").toString("utf8");
  const resolved = resolveScalar(tag, text);
  if (resolved === undefined) throw new DecodeError(`a value that is no ${tag}`, path);
  return resolved.value;
}

function base64(text: string, path: Path): string {
  const packed = text.replace(/[\r\n]/g, "");
  if (packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed)) return packed;
  throw new DecodeError("a !!binary value that is not in Base64", path);
}

/** A key as Go's fmt prints it (`%v`). */
function printed(value: Value): string {
  if (value === null) return "<nil>";
  if (typeof value === "number") return printedFloat(value);
  return String(value);
}

/** strconv's 'g' with the shortest precision: an exponent below -4 or of 6 and more, with at least two digits. */
function printedFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const [mantissa, exponent] = value.toExponential().split("e") as [string, string];
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value + 0);
  return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
