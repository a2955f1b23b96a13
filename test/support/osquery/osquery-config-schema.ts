/**
 * What osquery accepts in `schedule`, as JSON schema: the checks of Pack::initialize in osquery/config/packs.cpp
 * at 5.23.1 (kMaxQueryInterval, kReservedDbPrefixes, kReservedDbSuffixes) and the keys that
 * docs/wiki/deployment/configuration.md names. osquery itself skips a query that breaks them with a log line, and
 * ignores a key that it does not know.
 */
export const OSQUERY_CONFIG_SCHEMA = {
  type: "object",
  required: ["schedule"],
  additionalProperties: false,
  properties: {
    schedule: {
      type: "object",
      minProperties: 1,
      propertyNames: { pattern: "^(?!query\\.|cache\\.|config_views\\.)[a-z][a-z0-9_]*$(?<!epoch|counter)" },
      additionalProperties: {
        type: "object",
        required: ["query", "interval"],
        additionalProperties: false,
        properties: {
          query: { type: "string", minLength: 1 },
          interval: { type: "integer", minimum: 1, maximum: 604_800 },
          snapshot: { type: "boolean" },
          removed: { type: "boolean" },
          denylist: { type: "boolean" },
          platform: { enum: ["linux", "posix", "all", "any"] },
          version: { type: "string" },
          shard: { type: "integer", minimum: 1, maximum: 100 },
          startup_priority: { type: "integer", minimum: 0 },
          description: { type: "string" },
        },
      },
    },
  },
} as const;
