// The chat's fan-out on Bun's server: each line of a message goes to everyone as a frame of its own, with its number and
// its speaker's name.
const [hostname, port] = process.argv[2].split(':');
let [newest, guests] = [0, 0];
const server = Bun.serve({
  hostname,
  port: Number(port),
  fetch: (request, server) => {
    guests += 1;
    const data = { name: `guest-${guests}` };
    return server.upgrade(request, { data }) ? undefined : new Response('a WebSocket', { status: 426 });
  },
  websocket: {
    backpressureLimit: 1024 * 1024 * 1024,
    open: (client) => client.subscribe('room'),
    message: (client, text) => {
      for (const line of text.split('\n')) {
        newest += 1;
        server.publish('room', `${newest} ${client.data.name}: ${line}`);
      }
    },
  },
});
console.log(`listening on ws://${hostname}:${server.port}/`);
