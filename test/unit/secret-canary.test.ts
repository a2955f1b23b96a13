import assert from "node:assert/strict";
import { ConfigError, type ConfigIssue } from "../../components/core/config/config-error";
import { parseConfig, type RawConfig } from "../../components/core/config/parse";
import { SECRET_PATHS } from "../../components/core/config/secret-paths";
import { plan } from "../../components/core/plan/plan";
import { FEATURES } from "../../components/registry";
import { baseConfig, type ConfigPath, type Place, placesOf, withPlace } from "../support/stack/schema-walker";

const CANARY = "Canary-7f3a9c";
const PLACES = placesOf(FEATURES);

/** What a user gets to see of a config: its errors, or the plan. */
function shown(
  config: unknown,
  encrypted: RawConfig["encrypted"] = [],
): { text: string; issues: readonly ConfigIssue[] } {
  const values = config as RawConfig["values"];
  try {
    return { text: JSON.stringify(plan(parseConfig({ values, encrypted }, FEATURES))), issues: [] };
  } catch (error) {
    if (error instanceof ConfigError)
      return { text: error.message + JSON.stringify(error.issues), issues: error.issues };
    throw error;
  }
}

function isAt(path: ConfigPath, other: ConfigPath): boolean {
  return path.length === other.length && path.every((part, index) => part === other[index]);
}

function isSecret({ path }: Place): boolean {
  return SECRET_PATHS.some((secret) => isAt(path, secret));
}

/** Above, at or below a secret path. */
function touchesSecret({ path }: Place): boolean {
  return SECRET_PATHS.some((secret) => isAt(path.slice(0, secret.length), secret.slice(0, path.length)));
}

const BASE = baseConfig(FEATURES);
const name = ({ path }: Place) => path.join(".");

describe(`a secret in the stack config, at each of the ${PLACES.length} places that the schemas know`, function () {
  this.timeout(120_000);
  const URLS = [
    `https://loader:${CANARY}@es.example:9200`,
    `https:/loader:${CANARY}@es.example:9200`,
    `https:\\\\loader:${CANARY}@es.example:9200/${"path/".repeat(20)}`,
    `http://${CANARY}@es.example`,
    `oci://loader:${CANARY}@mirror.example/charts`,
  ];

  it("is refused and not shown as the user name or password of a URL", () => {
    for (const place of PLACES)
      for (const url of URLS) {
        const { text, issues } = shown(withPlace(BASE, place.path, url));
        assert.ok(!text.includes(CANARY), `${name(place)} shows ${url}: ${text}`);
        assert.ok(issues.length > 0, `${name(place)} takes ${url}`);
      }
  });

  it("is not shown as such a URL in a list, in a map or as a key", () => {
    for (const place of PLACES)
      for (const value of [[URLS[0]], { url: URLS[0] }, { [URLS[0] as string]: 1 }, [[URLS[0]]]]) {
        const { text } = shown(withPlace(BASE, place.path, value));
        assert.ok(!text.includes(CANARY), `${name(place)}: ${text}`);
      }
  });

  it("is not shown above, at or below a secret path, whatever it is written as", () => {
    const touching = PLACES.filter(touchesSecret);
    assert.ok(touching.length > SECRET_PATHS.length);
    for (const place of touching)
      for (const value of [
        CANARY,
        [CANARY],
        { [place.path.at(-1) as string]: CANARY },
        `${CANARY} `.repeat(20),
      ]) {
        const { text, issues } = shown(withPlace(BASE, place.path, value));
        assert.ok(!text.includes(CANARY), `${name(place)}: ${text}`);
        assert.ok(issues.length > 0, name(place));
      }
  });

  it("is never shown where it came encrypted, and refused where it would end up in clear", () => {
    for (const place of PLACES) {
      const { text, issues } = shown(withPlace(BASE, place.path, CANARY), [place.path]);
      assert.ok(!text.includes(CANARY), `${name(place)}: ${text}`);
      const codes = issues.map(({ code }) => code);
      assert.equal(codes.includes("CFG013"), !isSecret(place), `${name(place)}: ${codes}`);
    }
  });

  it("is looked for at every key that is called like one", () => {
    const called = PLACES.filter(
      ({ path, schema }) =>
        schema.type === "string" && /(password|apiKey|token|secret|passphrase)$/i.test(String(path.at(-1))),
    );
    assert.deepEqual(called.filter((place) => !isSecret(place)).map(name), []);
    assert.equal(called.length, SECRET_PATHS.length);
  });
});
