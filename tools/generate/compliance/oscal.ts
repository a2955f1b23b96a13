import { createHash } from "node:crypto";
import { FRAMEWORKS, type Framework } from "../../../components/core/tables/frameworks";
import type { Kind, Part } from "./evidence";
import type { State } from "./state";

type Json = Record<string, unknown>;

/** Of the schema that it is checked with (pages.nist.gov/OSCAL, component definition). */
export const OSCAL_VERSION = "1.1.3";

/** Of UUIDs of this project, as RFC 9562 makes them of names; chosen once. */
const NAMESPACE = "6f0f1a52-3f0e-5b7e-9a51-7c2d9d1e4b10";

/** Whose the properties are that OSCAL does not know. */
const OWN_PROPERTIES = "urn:security-stack:oscal";

export interface OscalOptions {
  title: string;
  version: string;
  /** RFC 3339, with its zone. */
  lastModified: string;
  /** Address, or path from the document, that the evidence's paths are below. */
  repository: string;
  state?: (part: Part) => State;
}

/**
 * An OSCAL component definition: a component for each part, and in it for each framework the controls that it supports.
 * The UUIDs are made of names, so that the same part has the same in every version.
 */
export function componentDefinition(parts: readonly Part[], options: OscalOptions): Json {
  const { title, version, lastModified } = options;
  return {
    "component-definition": {
      uuid: uuid(title),
      metadata: { title, "last-modified": lastModified, version, "oscal-version": OSCAL_VERSION },
      components: parts.map((part) => component(part, options)),
    },
  };
}

function component(part: Part, options: OscalOptions): Json {
  const { kind, name, title, evidence, tests, feature } = part;
  const id = feature === undefined ? `${kind}/${name}` : `${kind}/${feature}/${name}`;
  const state = options.state?.(part);
  return {
    uuid: uuid(id),
    type: TYPES[kind],
    title: kind === "feature" ? title : name,
    description: kind === "feature" ? `The feature ${name} of Security Stack.` : title,
    ...(state ? { props: properties(state) } : {}),
    links: [...evidence, ...tests].map((path) => ({
      href: `${options.repository}/${path}`,
      rel: "evidence",
    })),
    "control-implementations": FRAMEWORKS.flatMap((framework) => implementation(part, id, framework, state)),
  };
}

/** OSCAL's words for what a component is. */
const TYPES: Readonly<Record<Kind, string>> = {
  feature: "software",
  policy: "policy",
  rule: "policy",
  scenario: "validation",
};

function properties({ word, conditions = [] }: State): Json[] {
  const property = (name: string, value: string) => ({ name, ns: OWN_PROPERTIES, value });
  return [property("state", word), ...conditions.map((condition) => property("condition", condition))];
}

function implementation(
  { references }: Part,
  id: string,
  framework: Framework,
  state: State | undefined,
): Json[] {
  const controls = [
    ...new Set(references.filter((one) => one.framework === framework).map(({ control }) => control)),
  ];
  if (controls.length === 0) return [];
  return [
    {
      uuid: uuid(`${id}/${framework.prefix}`),
      source: framework.source,
      description: `Chapters of ${framework.title} that it supports.`,
      "implemented-requirements": controls.map((control) => ({
        uuid: uuid(`${id}/${framework.prefix}/${control}`),
        "control-id": controlId(control),
        description: `Supports ${framework.prefix} ${control}${state ? `; in this stack: ${state.word}` : ""}.`,
      })),
    },
  ];
}

/** A token of OSCAL's: a letter or underscore first, no parentheses. */
export function controlId(control: string): string {
  const token = control.replace(/[()]+/g, "-").replace(/-+$/, "");
  return /^[A-Za-z_]/.test(token) ? token : `_${token}`;
}

/** A UUID of version 5 (RFC 9562, section 5.5). */
export function uuid(name: string): string {
  const hash = createHash("sha1")
    .update(Buffer.from(NAMESPACE.replaceAll("-", ""), "hex"))
    .update(name)
    .digest();
  const bytes = hash.subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
