import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";
import { Fault } from "./fault";

/**
 * Below what systems give out by themselves (Linux from 32768, net.ipv4.ip_local_port_range; macOS from 49152): there any
 * connection or listener of another program may take a port before the one that it was chosen for listens.
 */
const LOWEST = 20_000;
const HIGHEST = 29_999;
const TRIES = 200;

/**
 * As many free ports of 127.0.0.1, the preferred ones where they are free (a restarted cluster keeps its address).
 * @throws Fault where none is found
 */
export async function freePorts(count: number, preferred: readonly number[] = []): Promise<number[]> {
  const servers: Server[] = [];
  try {
    for (let index = 0; index < count; index += 1) servers.push(await hold(preferred[index]));
    return servers.map((server) => (server.address() as { port: number }).port);
  } finally {
    // All are held until all are chosen, so no two are the same.
    await Promise.all(servers.map(close));
  }
}

async function hold(preferred: number | undefined): Promise<Server> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = tries === 0 && preferred !== undefined ? preferred : randomInt(LOWEST, HIGHEST + 1);
    const server = await listen(port);
    if (server) return server;
  }
  throw new Fault(`No free port on 127.0.0.1 in ${TRIES} tries from ${LOWEST} to ${HIGHEST}.`, {
    fix: "See what listens there: ss -tlnp.",
  });
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
