import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ApiError, KubeApi } from "../../tools/dev/cluster/api";
import { controlPlaneArguments, programs } from "../../tools/dev/cluster/control-plane";
import { cacheRoot, checkout, checkoutFolder } from "../../tools/dev/cluster/folders";
import { targetOfKubeconfig, writeKubeconfig } from "../../tools/dev/cluster/kubeconfig";
import { clusterPaths } from "../../tools/dev/cluster/layout";
import { withLock } from "../../tools/dev/cluster/lock";
import { ensurePki } from "../../tools/dev/cluster/pki";
import { freePorts, isPortTaken } from "../../tools/dev/cluster/ports";
import { endProcesses, processesOf, startTime } from "../../tools/dev/cluster/processes";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { TYPESCRIPT } from "../../tools/dev/typescript";

describe("cluster tools", () => {
  let folder: string;
  const children: ChildProcess[] = [];

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "cluster-tools-")));
  });

  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  const startProcess = (script: string, ...args: string[]) => {
    const child = spawn(process.execPath, ["-e", script, ...args], { stdio: ["ignore", "pipe", "ignore"] });
    children.push(child);
    return child;
  };

  describe("folders", () => {
    const kept = { ...process.env };
    afterEach(() => {
      process.env.SECURITY_STACK_CACHE = kept.SECURITY_STACK_CACHE;
      process.env.XDG_CACHE_HOME = kept.XDG_CACHE_HOME;
      for (const name of ["SECURITY_STACK_CACHE", "XDG_CACHE_HOME"])
        if (kept[name] === undefined) delete process.env[name];
    });

    it("the cache is where SECURITY_STACK_CACHE says, else in the user's cache folder", () => {
      process.env.SECURITY_STACK_CACHE = "/a/b";
      assert.equal(cacheRoot(), "/a/b");
      delete process.env.SECURITY_STACK_CACHE;
      process.env.XDG_CACHE_HOME = "/x";
      assert.equal(cacheRoot(), "/x/security-stack");
      delete process.env.XDG_CACHE_HOME;
      assert.match(cacheRoot(), /\/\.cache\/security-stack$/);
    });

    it("is one per checkout, by its real path, and closed to others", () => {
      process.env.SECURITY_STACK_CACHE = join(folder, "cache");
      const [one, two, alias] = ["one", "two", "alias"].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      mkdirSync(one);
      mkdirSync(two);
      symlinkSync(one, alias);
      assert.notEqual(checkoutFolder(one), checkoutFolder(two));
      assert.equal(checkoutFolder(alias), checkoutFolder(one));
      assert.equal(statSync(checkoutFolder(one)).mode & 0o777, 0o700);
    });
  });

  describe("processes", () => {
    it("are found by name and folder, and by nothing less", async () => {
      const mine = startProcess("setInterval(() => {}, 1000)", join(folder, "some", "file"));
      startProcess("setInterval(() => {}, 1000)", `${folder}-beside/file`);
      await waitUntil("it to run", async () => processesOf(folder, ["node"]).length > 0);
      assert.deepEqual(
        processesOf(folder, ["node"]).map(({ pid }) => pid),
        [mine.pid],
      );
      assert.deepEqual(processesOf(folder, ["etcd"]), []);
    });

    it("are ended, by SIGKILL when they do not listen", async () => {
      const deaf = startProcess(
        "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)",
        join(folder, "file"),
      );
      await new Promise((resolve) => deaf.stdout?.once("data", resolve));
      const ended = new Promise<NodeJS.Signals | null>((resolve) =>
        deaf.on("exit", (_, signal) => resolve(signal)),
      );
      await endProcesses(() => processesOf(folder, ["node"]), 200);
      assert.equal(await ended, "SIGKILL");
    });

    it("have a start time for as long as they live", async () => {
      const child = startProcess("setInterval(() => {}, 1000)");
      const pid = child.pid ?? 0;
      const first = startTime(pid);
      assert.ok(first);
      assert.equal(startTime(pid), first);
      assert.notEqual(startTime(process.pid), first);
      child.kill("SIGKILL");
      await waitUntil("it to be gone", async () => startTime(pid) === undefined);
    });
  });

  describe("ports", () => {
    it("are free, all different, and the preferred ones where these are free", async () => {
      const ports = await freePorts(5);
      assert.equal(new Set(ports).size, 5);
      for (const port of ports) assert.equal(await isPortTaken(port), false);
      assert.deepEqual(await freePorts(5, ports), ports);
    });

    it("are none that the system gives to a listener or connection that asks for any", async () => {
      const range = "/proc/sys/net/ipv4/ip_local_port_range";
      const lowest = existsSync(range) ? Number(readFileSync(range, "utf8").split(/\s/)[0]) : 32_768;
      for (const port of await freePorts(50)) assert.ok(port < lowest, `${port} is not below ${lowest}`);
    });

    it("are given once, also to calls at the same time and in another process", async () => {
      const script = `
        const { freePorts } = require(${JSON.stringify(join(__dirname, "../../tools/dev/cluster/ports.ts"))});
        freePorts(40).then((ports) => { console.log(JSON.stringify(ports)); setInterval(() => {}, 1000); });`;
      const child = spawn(process.execPath, ["--require", TYPESCRIPT, "-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      children.push(child);
      const [line] = (await once(child.stdout, "data")) as [Buffer];
      const ports = (await Promise.all(Array.from({ length: 10 }, () => freePorts(4)))).flat();
      assert.equal(new Set([...ports, ...(JSON.parse(line.toString()) as number[])]).size, 80);
    });

    it("are others where a preferred one is taken", async () => {
      const server = createTcpServer();
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      const { port } = server.address() as AddressInfo;
      assert.equal(await isPortTaken(port), true);
      assert.notEqual((await freePorts(1, [port]))[0], port);
      server.close();
    });
  });

  describe("locks", () => {
    it("let one at a time in, and are given back when the work fails", async () => {
      const lock = join(folder, "lock");
      let inside = 0;
      const work = async () => {
        inside += 1;
        assert.equal(inside, 1);
        await new Promise((resolve) => setTimeout(resolve, 20));
        inside -= 1;
      };
      await Promise.all([withLock(lock, "a", work), withLock(lock, "b", work), withLock(lock, "c", work)]);
      await assert.rejects(
        withLock(lock, "d", async () => Promise.reject(new Error("failed"))),
        /failed/,
      );
      assert.equal(await withLock(lock, "e", async () => 5), 5);
    });

    it("of a killed holder are taken over in seconds", async () => {
      const lock = join(folder, "lock");
      const script = `
        require(${JSON.stringify(TYPESCRIPT)});
        const { withLock } = require(${JSON.stringify(join(checkout, "tools/dev/cluster/lock"))});
        withLock(${JSON.stringify(lock)}, "x", () => { console.log("held"); return new Promise((done) => setTimeout(done, 1e6)); });
      `;
      const holder = spawn(process.execPath, ["-e", script], {
        cwd: checkout,
        stdio: ["ignore", "pipe", "inherit"],
      });
      children.push(holder);
      await new Promise((resolve, reject) => {
        holder.stdout.once("data", resolve);
        holder.once("exit", () => reject(new Error("the holder ended before it held the lock")));
      });
      holder.kill("SIGKILL");
      const began = Date.now();
      assert.equal(await withLock(lock, "x", async () => "mine"), "mine");
      assert.ok(Date.now() - began < 45_000);
    });
  });

  describe("certificates", () => {
    it("are signed by one CA, for the right names, and made once", async () => {
      const pki = await ensurePki(join(folder, "pki"));
      const ca = new X509Certificate(readFileSync(pki.ca.certificate));
      const apiserver = new X509Certificate(readFileSync(pki.apiserver.certificate));
      assert.ok(ca.ca && apiserver.verify(ca.publicKey) && !apiserver.ca);
      assert.ok(
        apiserver.checkIP("127.0.0.1") &&
          apiserver.checkIP("10.96.0.1") &&
          apiserver.checkHost("kubernetes.default.svc"),
      );
      assert.match(new X509Certificate(readFileSync(pki.admin.certificate)).subject, /O=system:masters/);
      assert.doesNotMatch(new X509Certificate(readFileSync(pki.scheduler.certificate)).subject, /O=/);
      assert.equal(statSync(pki.ca.key).mode & 0o777, 0o600);
      const before = readFileSync(pki.ca.key, "utf8");
      assert.equal(readFileSync((await ensurePki(join(folder, "pki"))).ca.key, "utf8"), before);
    });

    it("of an interrupted run are made anew as a whole", async () => {
      mkdirSync(join(folder, "pki.draft"));
      writeFileSync(join(folder, "pki.draft", "ca.crt"), "half");
      const pki = await ensurePki(join(folder, "pki"));
      assert.match(readFileSync(pki.ca.certificate, "utf8"), /BEGIN CERTIFICATE/);
      assert.equal(existsSync(join(folder, "pki.draft")), false);
    });

    it("go into a kubeconfig that needs no other file", async () => {
      const pki = await ensurePki(join(folder, "pki"));
      const file = join(folder, "kubeconfig");
      writeKubeconfig(file, "me", "https://127.0.0.1:1", pki.ca, pki.admin);
      const { url, key } = targetOfKubeconfig(file);
      assert.equal(url, "https://127.0.0.1:1");
      assert.equal(key, readFileSync(pki.admin.key, "utf8"));
      assert.equal(statSync(file).mode & 0o777, 0o600);
    });
  });

  it("every program's arguments name the folder, and nothing listens beyond 127.0.0.1", async () => {
    const paths = clusterPaths("x", folder);
    const pki = await ensurePki(join(folder, "pki"));
    const all = controlPlaneArguments(
      { ...paths, folder },
      pki,
      { etcd: 1, etcdPeer: 2, apiserver: 3 },
      false,
    );
    for (const program of programs)
      assert.ok(
        all[program].some((arg) => arg.includes(paths.folder) || arg.includes(folder)),
        program,
      );
    const text = Object.values(all).flat().join("\n");
    assert.doesNotMatch(text, /0\.0\.0\.0:|:\/\/localhost/);
    for (const program of ["kube-controller-manager", "kube-scheduler"] as const)
      assert.ok(all[program].includes("--secure-port=0"));
    rmSync(checkoutFolder(folder), { recursive: true });
  });

  it("API errors carry status, reason and the server's sentence", async () => {
    const server = createServer((_, response) => {
      response.writeHead(409);
      response.end(JSON.stringify({ reason: "AlreadyExists", message: 'namespaces "x" already exists' }));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const api = new KubeApi({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    try {
      await assert.rejects(api.create("/x", {}), (error: ApiError) => {
        const { status, reason, message } = error;
        assert.deepEqual([status, reason, message], [409, "AlreadyExists", 'namespaces "x" already exists']);
        return true;
      });
      await api.ensure("/x", {});
    } finally {
      api.close();
      server.close();
    }
  });
});
