import assert from "node:assert/strict";
import type { Database } from "sql.js";
import { AGENT_PACK, CURRENT_SECONDS, PACKS, type Pack, schedule } from "../../components/osquery/packs";
import { openOsquery, TABLE_SPECS } from "../support/osquery/osquery-sqlite";

const ALL: [string, Pack][] = [["agent", AGENT_PACK], ...Object.entries(PACKS)];
const QUERIES = ALL.flatMap(([pack, { queries }]) =>
  Object.entries(queries).map(([name, { query }]) => ({ id: `${pack}/${name}`, query })),
);

const POD = "3d1f6a52-8a3c-4f0e-9d57-1f2f0c5b7a10";
const ID = "a".repeat(63);

describe("osquery packs", () => {
  for (const { version, tables } of TABLE_SPECS) {
    describe(`on the tables of ${version}`, () => {
      let database: Database;
      before(async () => {
        database = await openOsquery(tables);
      });
      after(() => database.close());

      for (const { id, query } of QUERIES)
        it(`${id} is SQL on tables and columns that exist`, () => {
          database.prepare(query).free();
        });

      it("a column that does not exist is found", () => {
        assert.throws(() => database.prepare("SELECT cgroup FROM processes"), /no such column: cgroup/);
      });

      it("reads files of the node, not of the container, wherever a table can", () => {
        for (const { id, query } of QUERIES) {
          const readers = tablesOf(query).filter((name) => tables[name]?.includes("pid_with_namespace"));
          const entered = query.match(/pid_with_namespace = 1/g)?.length ?? 0;
          assert.equal(entered, readers.length, `${id} reads ${readers.join(", ")}`);
        }
      });
    });
  }

  it("asks the file table for paths: without one it has no rows", () => {
    for (const { id, query } of QUERIES)
      for (const select of query.split("UNION ALL"))
        if (/FROM file\b/.test(select)) assert.match(select, /WHERE path (=|LIKE) '\//, id);
  });

  it("takes no command line and no private key into the inventory", () => {
    for (const { id, query } of QUERIES) assert.doesNotMatch(query, /cmdline|process_envs/, id);
  });

  it("defines a query that two packs share only once", () => {
    const seen = new Map<string, unknown>();
    for (const [pack, { queries }] of ALL)
      for (const [name, query] of Object.entries(queries)) {
        assert.deepEqual(query, seen.get(name) ?? query, `${name} in ${pack}`);
        seen.set(name, query);
      }
  });

  it("gives the chosen interval to what names none, and keeps the heartbeat", () => {
    const queries = schedule(["scope-minimal"], 1234);
    assert.equal(queries["listening_ports"]?.interval, 1234);
    assert.equal(queries["os_version"]?.interval, 1800);
    assert.equal(queries["agent"]?.interval, 300);
    assert.equal(queries["users"], undefined);
  });
});

describe("osquery's signs of what is still there", () => {
  const packs = Object.keys(PACKS) as (keyof typeof PACKS)[];

  it("are a snapshot of each query, every half hour or as often as a query runs that says so itself", () => {
    for (const interval of [60, 86_400]) {
      const queries = schedule(packs, interval);
      const changes = Object.entries(queries).filter(([, { snapshot }]) => !snapshot);
      assert.ok(changes.length > 15);
      for (const [name, query] of changes) {
        const state = queries[`${name}_state`];
        const own = query.interval === interval ? 0 : query.interval;
        assert.deepEqual(state, { ...query, snapshot: true, interval: Math.max(1800, own) }, name);
      }
      assert.equal(queries["deb_packages_state"]?.interval, 14_400);
      assert.equal(queries["system_info_state"], undefined, "it is one");
    }
  });

  it("have names that no query has by itself", () => {
    for (const [, { queries: own }] of ALL)
      for (const name of Object.keys(own)) assert.doesNotMatch(name, /_state$/);
  });

  it("make a row current for two of them and a quarter of an hour", () => {
    assert.deepEqual(
      ["agent", "listening_ports", "kernel_info", "deb_packages"].map((name) => CURRENT_SECONDS[name]),
      [1500, 4500, 4500, 29_700],
    );
    assert.ok(Object.keys(CURRENT_SECONDS).every((name) => !name.endsWith("_state")));
  });
});

describe("osquery query of containers", () => {
  let database: Database;
  before(async () => {
    database = await openOsquery(TABLE_SPECS[0]!.tables);
  });
  after(() => database.close());

  // As the cgroup drivers of kubelet write them, and as a container with a cgroup namespace of its own sees them.
  const paths = [
    `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD.replaceAll("-", "_")}.slice/cri-containerd-${ID}1.scope`,
    `/kubepods/besteffort/pod${POD}/${ID}2`,
    `/../../kubepods-pod${POD.replaceAll("-", "_")}.slice/crio-${ID}3.scope`,
    `/../../pod${POD}/${ID}4`,
  ];
  const noContainer = ["/", "/init.scope", "/system.slice/containerd.service", "/user.slice/user-0.slice"];

  it("finds id and pod of every container, once, whatever wrote the path", () => {
    [...paths, ...noContainer].forEach((path, i) => {
      insertProcess(database, 100 + i, "main", path);
      insertProcess(database, 200 + i, "child", path);
    });
    const { columns, values } = database.exec(PACKS["scope-minimal"].queries.containers.query)[0]!;
    const rows = values.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
    assert.deepEqual(
      rows.map(({ container_id, pod_uid, pid, name }) => ({ container_id, pod_uid, pid, name })),
      paths.map((_, i) => ({ container_id: `${ID}${i + 1}`, pod_uid: POD, pid: 100 + i, name: "main" })),
    );
  });
});

function insertProcess(database: Database, pid: number, name: string, cgroupPath: string): void {
  database.run(
    `INSERT INTO processes (pid, name, path, cgroup_path) VALUES (${pid}, '${name}', '/bin/${name}', '${cgroupPath}')`,
  );
}

function tablesOf(query: string): string[] {
  return [...query.matchAll(/(?:FROM|JOIN) (\w+)/g)].map((match) => match[1]!);
}
