import assert from "node:assert/strict";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { OCSF_CLASSES } from "../../components/documents/ocsf/classes";
import { type Conversion, type OcsfEvent, ocsfConverter } from "../../components/documents/ocsf/convert";
import { FEATURES } from "../../components/registry";
import { OcsfValidator, type OfficialSchemas, officialSchemas } from "../../tools/dev/ocsf/official-schema";
import { newTable } from "../../tools/dev/table";
import { allDocuments, inventoryDocuments, type NamedDocument } from "../support/ocsf/documents";
import { mutantsOf } from "../support/ocsf/mutants";
import { distorted, randomNumbers } from "../support/ocsf/random";

const RANDOM = 2000;
const TOOLS = registryFacts(FEATURES).documents;
const convert = ocsfConverter(TOOLS);

type Converted = Extract<Conversion, { event: OcsfEvent }>;

describe("documents of every tool as OCSF events, under the official schema", function () {
  this.timeout(180_000);
  let schemas: OfficialSchemas;
  let validator: OcsfValidator;
  const documents = allDocuments();

  before(async () => {
    schemas = await officialSchemas();
    validator = new OcsfValidator(schemas);
  });

  function converted({ name, document }: NamedDocument): Converted {
    const conversion = convert(document);
    assert.ok("event" in conversion, `${name}: ${JSON.stringify(conversion)}`);
    // As it is written: what is undefined is not there.
    return { ...conversion, event: JSON.parse(JSON.stringify(conversion.event)) };
  }

  it("are valid, all of them, and each tool has some", () => {
    const counts = new Map<string, number>();
    for (const document of documents) {
      const { event, tool, class: name } = converted(document);
      assert.equal(validator.problem(event), undefined, `${document.name}: ${JSON.stringify(event)}`);
      const key = `${tool}\t${OCSF_CLASSES[name].uid} ${OCSF_CLASSES[name].name}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const table = newTable(["tool", "class", "documents"]);
    for (const [key, count] of [...counts].sort()) table.push([...key.split("\t"), String(count)]);
    console.log(table.toString());
    assert.deepEqual(
      [...new Set([...counts.keys()].map((key) => key.split("\t")[0]))].sort(),
      TOOLS.map(({ tool }) => tool).sort(),
    );
  });

  it("take every row of every tool's table", () => {
    const taken = new Set(documents.map(converted).map(({ tool, kind }) => `${tool}: ${kind}`));
    const rows = TOOLS.flatMap(({ tool, ocsf }) => ocsf.rows.map(({ kind }) => `${tool}: ${kind}`));
    assert.deepEqual(
      rows.filter((row) => !taken.has(row)),
      [],
    );
  });

  it("leave no query of an inventory to the base event", () => {
    const left = inventoryDocuments().filter((document) => converted(document).class === "base");
    assert.deepEqual(
      left.map(({ name }) => name),
      [],
    );
  });

  it(`are valid whatever is in them: ${RANDOM} random documents`, () => {
    const random = randomNumbers(18);
    let base = 0;
    for (let i = 0; i < RANDOM; i += 1) {
      const origin = documents[Math.floor(random() * documents.length)]!;
      const document = distorted(origin.document, random);
      const { event, class: name } = converted({ name: `${i} from ${origin.name}`, document });
      if (name === "base") base += 1;
      assert.equal(validator.problem(event), undefined, `${i}: ${JSON.stringify(document)}`);
    }
    console.log(`${RANDOM} random documents are valid events, ${base} of them base events`);
    assert.ok(base < RANDOM / 2, `${base} are base events`);
  });

  it("are valid where a text is the name of what every object of JavaScript has", () => {
    const byKind = new Map(documents.map((one) => [converted(one).kind, one]));
    for (const { name, document } of byKind.values())
      for (const place of textsOf(document)) {
        const changed = structuredClone(document);
        setAt(changed, place, "constructor");
        const conversion = convert(changed);
        if (!("event" in conversion)) continue;
        const event = JSON.parse(JSON.stringify(conversion.event));
        assert.equal(validator.problem(event), undefined, `${name}: ${place.join(".")}`);
      }
  });

  it("are refused with a required field less: none survives", () => {
    // One event of each row of each tool.
    const byKind = new Map(documents.map(converted).map((one) => [`${one.tool}: ${one.kind}`, one.event]));
    const mutants = [...byKind].flatMap(([kind, event]) =>
      mutantsOf(event, schemas).map((mutant) => ({ ...mutant, kind })),
    );
    const survivors = mutants.filter(({ event }) => validator.problem(event) === undefined);
    console.log(`${mutants.length} mutants of ${byKind.size} kinds of event, ${survivors.length} survive`);
    assert.ok(mutants.length > 500, `${mutants.length} mutants`);
    assert.deepEqual(
      survivors.map(({ kind, what }) => `${kind}: ${what}`),
      [],
    );
  });

  it("are refused with another class's type, a severity that there is not, or a field too many", () => {
    const { event } = converted(documents[0]!);
    for (const change of [{ type_uid: 200_799 }, { severity_id: 7 }, { class_uid: 2003 }, { surprise: 1 }])
      assert.ok(validator.problem({ ...event, ...change }), JSON.stringify(change));
  });

  it("have the schema's own names for classes, categories and activities", () => {
    for (const { uid, name, activities } of Object.values(OCSF_CLASSES)) {
      const official = schemas.captions[String(uid)]!;
      assert.equal(name, official.name);
      for (const [number, activity] of Object.entries(activities))
        assert.equal(activity, official.activities[number], `${name} ${number}`);
    }
    for (const { event } of documents.map(converted)) {
      const { category } = schemas.captions[String(event["class_uid"])]!;
      if (category !== null) assert.equal(event["category_name"], category);
    }
  });
});

/** Where the texts of a document are. */
function textsOf(value: unknown, place: readonly string[] = []): string[][] {
  if (typeof value === "string") return [[...place]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => textsOf(one, [...place, key]));
}

function setAt(document: Record<string, unknown>, place: readonly string[], text: string): void {
  const [key = "", ...rest] = place;
  if (rest.length === 0) document[key] = text;
  else setAt(document[key] as Record<string, unknown>, rest, text);
}
