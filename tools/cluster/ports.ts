import { createServer, type Server } from "node:net";

/** As many free ports of 127.0.0.1, the preferred ones where they are free (a restarted cluster keeps its address). */
export async function freePorts(count: number, preferred: readonly number[] = []): Promise<number[]> {
  const servers: Server[] = [];
  try {
    for (let index = 0; index < count; index += 1) {
      const server = (await listen(preferred[index] ?? 0)) ?? (await listen(0));
      if (server) servers.push(server);
    }
    return servers.map((server) => (server.address() as { port: number }).port);
  } finally {
    // All are held until all are chosen, so no two are the same.
    await Promise.all(servers.map(close));
  }
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
