import { createServer, type Server } from "node:http";

/** How a program is, asked anew by each probe. */
export interface Health {
  isReady(): boolean;
  /** Left out: as long as it answers. */
  isAlive?(): boolean;
  /** Series in Prometheus' text format, at `/metrics`. */
  metrics?(): string;
}

/** Answers the pod's probes with 200 or 503: `/ready`, and whether it is alive at any other path. */
export function serveHealth(port: number, { isReady, isAlive = () => true, metrics }: Health): Server {
  return createServer((request, response) => {
    if (metrics && request.url === "/metrics") {
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(metrics());
      return;
    }
    const isGood = request.url === "/ready" ? isReady() : isAlive();
    response.writeHead(isGood ? 200 : 503).end();
  }).listen(port);
}
