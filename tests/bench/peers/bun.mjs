// The chat's fan-out on Bun's server: each line of a message goes to everyone as a frame of its own.
const [hostname, port] = process.argv[2].split(':');
let newest = 0;
const server = Bun.serve({
  hostname,
  port: Number(port),
  fetch: (request, server) => (server.upgrade(request) ? undefined : new Response('a WebSocket', { status: 426 })),
  websocket: {
    backpressureLimit: 1024 * 1024 * 1024,
    open: (client) => client.subscribe('room'),
    message: (client, text) => {
      for (const line of text.split('\n')) {
        newest += 1;
        server.publish('room', `${newest} ${line}`);
      }
    },
  },
});
console.log(`listening on ws://${hostname}:${server.port}/`);
