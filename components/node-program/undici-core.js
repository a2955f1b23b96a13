// Of undici what the HTTP client needs, put together as its own index.js does: without fetch, WebSocket, caches and mocks a
// program in a pod is 250 KB smaller, of the 1 MiB that a ConfigMap holds, and the stack's own program starts sooner.
const Dispatcher = require("undici/lib/dispatcher/dispatcher");
const api = require("undici/lib/api");

Object.assign(Dispatcher.prototype, api);

module.exports = { Pool: require("undici/lib/dispatcher/pool") };
