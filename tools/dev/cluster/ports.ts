import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";
import { Fault } from "./fault";

/**
 * Below what systems give out by themselves (Linux from 32768, net.ipv4.ip_local_port_range; macOS from 49152): there any
 * connection or listener of another program may take a port before the one that it was chosen for listens.
 */
const LOWEST = 20_000;
const HIGHEST = 29_999;
const BLOCK = 100;

/**
 * The ports that this process gives out, none again before all others: what a port was chosen for may start, or start
 * again after it was killed, a good while later. Its first port is held as long as the process lives, so that no other
 * process of ours gives out the same ones.
 */
let block: { first: number; given: number } | undefined;

/**
 * As many free ports of 127.0.0.1, the preferred ones where they are free (a restarted cluster keeps its address).
 * @throws Fault where none is found
 */
export async function freePorts(count: number, preferred: readonly number[] = []): Promise<number[]> {
  const ports: number[] = [];
  for (let index = 0; index < count; index += 1) ports.push(await freePort(preferred[index]));
  return ports;
}

async function freePort(preferred: number | undefined): Promise<number> {
  if (preferred !== undefined && !(await isPortTaken(preferred))) return preferred;
  const own = await ownBlock();
  for (let tries = 1; tries < BLOCK; tries += 1) {
    own.given = (own.given % (BLOCK - 1)) + 1;
    const port = own.first + own.given;
    if (!(await isPortTaken(port))) return port;
  }
  throw noneFree(`from ${own.first} to ${own.first + BLOCK - 1}`);
}

async function ownBlock(): Promise<{ first: number; given: number }> {
  const blocks = (HIGHEST + 1 - LOWEST) / BLOCK;
  const start = randomInt(blocks);
  for (let tries = 0; block === undefined && tries < blocks; tries += 1) {
    const first = LOWEST + ((start + tries) % blocks) * BLOCK;
    const holder = await listen(first);
    // Another call of this process may have been quicker.
    if (holder && block) await close(holder);
    else if (holder) block = { first, given: 0 };
    holder?.unref();
  }
  if (block === undefined) throw noneFree(`among the first of each ${BLOCK} from ${LOWEST} to ${HIGHEST}`);
  return block;
}

function noneFree(where: string): Fault {
  return new Fault(`No free port on 127.0.0.1 ${where}.`, { fix: "See what listens there: ss -tlnp." });
}

/** Whether something listens on this port of 127.0.0.1. */
export async function isPortTaken(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server) await close(server);
  return server === undefined;
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
